import type { AwaitGraph } from '../await-graph/await-graph.js';
import { readAwaitGraph } from '../await-graph/read.js';
import type { HeapGraph } from '../heap-graph.js';
import { SnapshotHeap, type SnapshotHeapOptions } from './snapshot-heap.js';

/** The await graph of a snapshot, with what is needed to ask V8 for the positions in it. */
export interface SnapshotAwaitGraph extends AwaitGraph {
  /** Functions of V8's by node, with their index in the array that was held. */
  heldIndex: ReadonlyMap<number, number>;
  /** V8's heap object ids of what may be asked about, by node: generators, what they wait for, what holds their stores. */
  ids: ReadonlyMap<number, number>;
}

/** Reads the await graph of a heap snapshot; see {@link SnapshotHeap} for how it is to be taken. */
export function readSnapshot(graph: HeapGraph, options: SnapshotHeapOptions = {}): SnapshotAwaitGraph {
  const heap = new SnapshotHeap(graph, options);
  const awaitGraph = readAwaitGraph(heap);
  const ids = new Map<number, number>();
  for (const { node, contextHolder, awaits } of awaitGraph.suspended) {
    for (const each of [node, contextHolder, ...awaits.map((awaited) => awaited.node)])
      if (each !== -1) ids.set(each, heap.id(each));
  }
  return { ...awaitGraph, heldIndex: heap.held.index, ids };
}
