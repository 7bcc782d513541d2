import type { VisitReaction } from '../await-graph/heap.js';
import type { HeapWords } from './heap-words.js';

export const REACTION = 'system / PromiseReaction';
export const CAPABILITY = 'system / PromiseCapability';

/**
 * Reads reactions. Their fields are hidden edges, numbered in V8's order but counting only those that hold a heap object:
 * from 22.23 on the async context (`undefined` counts too), `next` if there is one, `reject_handler`, `fulfill_handler`,
 * `promise_or_capability`. Which of the two forms this heap has is told from the reactions themselves.
 */
export class ReactionReader {
  readonly #words: HeapWords;
  readonly #contextFields: 0 | 1;

  /** @param reactions all of the heap's that stand first on a promise */
  constructor(words: HeapWords, reactions: readonly number[]) {
    this.#words = words;
    this.#contextFields = reactions.some((reaction) => this.#startsWithHandler(reaction)) ? 0 : 1;
  }

  /** Visits the reactions of a promise: its first one, and those behind it. */
  visit(first: number, visit: VisitReaction): void {
    const seen = new Set<number>();
    for (let node = first; node !== -1 && !seen.has(node);) {
      seen.add(node);
      node = this.#read(node, visit);
    }
  }

  /** In the form without a context, the hidden edge with number 0 leads to a handler or to the next reaction. */
  #startsWithHandler(node: number): boolean {
    const { heap, hidden } = this.#words;
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (heap.edgeType(edge) !== hidden || heap.edgeIndex(edge) !== 0) continue;
      const target = heap.edgeTarget(edge);
      return this.#words.isClosure(target) || heap.nodeName(target) === REACTION;
    }
    return false;
  }

  /** Returns the one behind it, -1 if there is none. */
  #read(node: number, visit: VisitReaction): number {
    const { heap, hidden } = this.#words;
    const fields: number[] = [];
    let next = -1;
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (heap.edgeType(edge) !== hidden) continue;
      const index = heap.edgeIndex(edge);
      const target = heap.edgeTarget(edge);
      if (index === this.#contextFields && heap.nodeName(target) === REACTION) next = target;
      else fields[index] = target;
    }
    const handlers = this.#contextFields + (next === -1 ? 0 : 1);
    const asyncContext = this.#contextFields === 0 ? -1 : (fields[0] ?? -1);
    const reject = fields[handlers] ?? -1;
    const fulfill = fields[handlers + 1] ?? -1;
    visit(node, fulfill, reject, this.#promiseOf(fields[handlers + 2] ?? -1), asyncContext);
    return next;
  }

  /** A derived promise of another class than Promise stands behind its capability. */
  #promiseOf(node: number): number {
    if (node === -1 || this.#words.heap.nodeName(node) !== CAPABILITY) return node;
    return capabilityPromise(this.#words, node);
  }
}

/** The promise of a PromiseCapability: its other fields are functions. */
export function capabilityPromise(words: HeapWords, capability: number): number {
  return words.targets(capability, words.hidden).find((node) => !words.isClosure(node)) ?? -1;
}
