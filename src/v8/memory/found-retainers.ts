import { REGISTERS, type ReferenceType, type RetainerLimits, type Retainers } from '../await-graph/heap.js';
import { IntList } from '../await-graph/int-list.js';
import { NodeLists } from '../await-graph/node-lists.js';
import { NodeTable } from '../await-graph/node-table.js';
import { describeSlot, type SlotDescription } from './objects.js';
import type { TaggedHeap } from './tagged-heap.js';

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

/** What settles a promise is so many steps from it, in about: its context, the functions with that, and what holds these. */
const STEPS = 4;

/**
 * References that were found, by the node that they lead to. There may be a million of them, and few are asked for their names:
 * so they are numbers, and are described when somebody asks.
 */
export class FoundRetainers implements Retainers {
  readonly #objects: TaggedHeap;
  readonly #limits: RetainerLimits;
  /** Of each node, the nodes that refer to it. What follows is by the lists' entries. */
  readonly #retainers: NodeLists;
  readonly #kinds: IntList;
  readonly #places: IntList;
  /** Properties of which the word does not stand in the object itself. */
  readonly #properties = new Map<number, string>();
  readonly #lookedFor: NodeTable;
  readonly #cut = new NodeTable();
  readonly #unsure = new NodeTable();
  /** What was described last: it is asked for its type, then for its name. */
  #described = -1;
  #description: SlotDescription = NOTHING;

  /** @param first for how many nodes retainers are looked for at first */
  constructor(objects: TaggedHeap, limits: RetainerLimits, first: number) {
    this.#objects = objects;
    this.#limits = limits;
    const room = STEPS * first;
    this.#retainers = new NodeLists(room);
    this.#kinds = new IntList(room);
    this.#places = new IntList(room);
    this.#lookedFor = new NodeTable(room);
  }

  /** False if there are too many. */
  add(target: number, retainer: number, kind: ReferenceKind, place: number): boolean {
    const { perNode, total } = this.#limits;
    const retainers = this.#retainers;
    if (retainers.length(target) >= perNode || this.#kinds.length >= total) {
      this.#cut.add(target);
      return false;
    }
    retainers.add(target, retainer);
    this.#kinds.push(kind);
    this.#places.push(place);
    return true;
  }

  addProperty(target: number, retainer: number, name: string): void {
    const entry = this.#kinds.length;
    if (this.add(target, retainer, REFERENCE.hidden, 0)) this.#properties.set(entry, name);
  }

  /** From now on the node counts as one whose retainers were looked for. False if it did so already. */
  lookFor(node: number): boolean {
    return this.#lookedFor.add(node);
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
    return this.#cut.size > 0 && this.#cut.has(node);
  }

  cut(node: number): boolean {
    return this.isFull(node) || (this.#unsure.size > 0 && this.#unsure.has(node));
  }

  first(node: number): number {
    return this.#retainers.first(node);
  }

  next(entry: number): number {
    return this.#retainers.next(entry);
  }

  node(entry: number): number {
    return this.#retainers.value(entry);
  }

  type(entry: number): ReferenceType {
    return this.#describe(entry).type;
  }

  name(entry: number): string | number {
    return this.#describe(entry).name;
  }

  #describe(entry: number): SlotDescription {
    if (entry === this.#described) return this.#description;
    this.#described = entry;
    return (this.#description = this.#descriptionOf(entry));
  }

  #descriptionOf(entry: number): SlotDescription {
    const place = this.#places.at(entry);
    switch (this.#kinds.at(entry) as ReferenceKind) {
      case REFERENCE.slot:
        return describeSlot(this.#objects, this.node(entry), place);
      case REFERENCE.element:
        return { type: 'element', name: place };
      case REFERENCE.registers:
        return { type: 'internal', name: REGISTERS };
      case REFERENCE.hidden: {
        const name = this.#properties.get(entry);
        return name === undefined ? NOTHING : { type: 'property', name };
      }
    }
  }
}

const NOTHING: SlotDescription = { type: 'internal', name: '' };
