import {
  REGISTERS,
  type ReferenceType,
  type Retainer,
  type RetainerLimits,
  type Retainers,
} from '../await-graph/heap.js';
import { NodeLists } from '../await-graph/node-lists.js';
import { NodeTable } from '../await-graph/node-table.js';
import type { MemoryHeap } from './memory-heap.js';
import { describeSlot, type SlotDescription } from './objects.js';

/** How a reference is told, and what its place is. */
export const REFERENCE = {
  /** Without a name. The place means nothing. */
  hidden: 0,
  /** A field of the retainer: its offset. */
  slot: 1,
  /** An element of the retainer, in its store: the index. */
  element: 2,
  /** The registers of the retainer, a generator. */
  registers: 3,
} as const;

export type ReferenceKind = (typeof REFERENCE)[keyof typeof REFERENCE];

/**
 * References that were found, by the node that they lead to. There may be a million of them, and few are asked for their names:
 * so they are numbers, and become objects when somebody asks.
 */
export class FoundRetainers implements Retainers {
  readonly #heap: MemoryHeap;
  readonly #limits: RetainerLimits;
  /** Of each node, the nodes that refer to it. What follows is by the lists' entries. */
  readonly #retainers = new NodeLists();
  readonly #kinds: ReferenceKind[] = [];
  readonly #places: number[] = [];
  /** Properties of which the word does not stand in the object itself. */
  readonly #properties = new Map<number, string>();
  /** By the lowest bits of the node, what was asked for last: the same few things hold thousands of promises. */
  readonly #latest: ({ node: number; retainers: readonly Retainer[] } | undefined)[] = [];
  readonly #lookedFor = new NodeTable();
  readonly #cut = new NodeTable();
  readonly #unsure = new NodeTable();

  constructor(heap: MemoryHeap, limits: RetainerLimits) {
    this.#heap = heap;
    this.#limits = limits;
  }

  add(target: number, retainer: number, kind: ReferenceKind, place: number): void {
    const { perNode, total } = this.#limits;
    const retainers = this.#retainers;
    if (retainers.length(target) >= perNode || this.#kinds.length >= total) {
      this.#cut.add(target);
      return;
    }
    retainers.add(target, retainer);
    this.#kinds.push(kind);
    this.#places.push(place);
  }

  addProperty(target: number, retainer: number, name: string): void {
    const entry = this.#kinds.length;
    this.add(target, retainer, REFERENCE.hidden, 0);
    if (this.#kinds.length > entry) this.#properties.set(entry, name);
  }

  /** From now on the node counts as one whose retainers were looked for. */
  lookFor(node: number): void {
    this.#lookedFor.add(node);
  }

  isLookedFor(node: number): boolean {
    return this.#lookedFor.has(node);
  }

  leaveOut(node: number): void {
    this.#cut.add(node);
  }

  /** There may be more retainers of these, where nobody looked. */
  beUnsure(nodes: readonly number[]): void {
    for (const node of nodes) this.#unsure.add(node);
  }

  /** Has more retainers than the limits let through. */
  isFull(node: number): boolean {
    return this.#cut.has(node);
  }

  cut(node: number): boolean {
    return this.#cut.has(node) || this.#unsure.has(node);
  }

  /** The nodes that refer to a node, as a list's entries. */
  get nodes(): NodeLists {
    return this.#retainers;
  }

  hasAny(node: number): boolean {
    return this.#retainers.first(node) !== -1;
  }

  of(node: number): readonly Retainer[] {
    const retainers = this.#retainers;
    if (retainers.first(node) === -1) return NONE;
    const slot = node & (LATEST - 1);
    const latest = this.#latest[slot];
    if (latest?.node === node && latest.retainers.length === retainers.length(node)) return latest.retainers;
    const found: Retainer[] = [];
    for (let entry = retainers.first(node); entry !== -1; entry = retainers.next(entry))
      found.push(new FoundRetainer(this, retainers.value(entry), entry));
    this.#latest[slot] = { node, retainers: found };
    return found;
  }

  describe(node: number, entry: number): SlotDescription {
    const place = this.#places[entry]!;
    switch (this.#kinds[entry]!) {
      case REFERENCE.slot:
        return describeSlot(this.#heap.objects, node, place);
      case REFERENCE.element:
        return { type: 'element', name: place };
      case REFERENCE.registers:
        return { type: 'internal', name: REGISTERS };
      case REFERENCE.hidden: {
        const name = this.#properties.get(entry);
        return name === undefined ? { type: 'internal', name: '' } : { type: 'property', name };
      }
    }
  }
}

const NONE: readonly never[] = [];
const LATEST = 256;

class FoundRetainer implements Retainer {
  readonly node: number;
  readonly #found: FoundRetainers;
  readonly #entry: number;
  #description: SlotDescription | null = null;

  constructor(found: FoundRetainers, node: number, entry: number) {
    this.node = node;
    this.#found = found;
    this.#entry = entry;
  }

  get type(): ReferenceType {
    return this.#describe().type;
  }

  get name(): string | number {
    return this.#describe().name;
  }

  #describe(): SlotDescription {
    return (this.#description ??= this.#found.describe(this.node, this.#entry));
  }
}
