import type { AwaitGraph } from '../await-graph/await-graph.js';
import { NodeTable } from '../await-graph/node-table.js';
import { readAwaitGraph } from '../await-graph/read.js';
import type { FirstLook } from './first-look.js';
import { findGlobalHandles } from './global-handles.js';
import type { HeapCopy } from './heap-copy.js';
import type { IsolateReading } from './isolate-reading.js';
import { MemoryHeap } from './memory-heap.js';
import { findRetainersInMemory } from './memory-retainers.js';
import { type Narrow, narrowBy } from './narrow-scan.js';
import type { IntList } from '../await-graph/int-list.js';
import { objectFinder } from './object-finder.js';
import { rangesOf } from './page-changes.js';
import { readResolvers } from './resolvers.js';
import type { SecondLook } from './second-look.js';
import { describeSockets } from './socket-handles.js';

/**
 * Works out what waits for what, from the copy, and what that waits for, from memory as it is now.
 *
 * @param searchBytes how much of the heap to go over for the latter
 */
export function readIsolateGraph(
  reading: IsolateReading,
  first: FirstLook,
  copy: HeapCopy,
  { objects, found, anchor }: SecondLook,
  searchBytes: number,
): { heap: MemoryHeap; graph: AwaitGraph; parts: readonly object[] } {
  const { reader, deadline, places } = reading;
  const { known, memory, resident } = reader;
  const { pages } = copy;
  const registersOf = ({ values }: IntList): NodeTable => {
    const registers = new NodeTable(values.length);
    for (const generator of values)
      registers.set(objects.field(generator, known.layout.generator.registers), generator);
    return registers;
  };
  const registers = registersOf(found.generators);
  const leftRegisters = registersOf(found.others);
  const ranges = rangesOf(pages, reading.heap, () => true);
  const narrow: Narrow = found.complete
    ? narrowBy(first.references, first.pages, pages, copy.isFresh)
    : (all) => all;
  const scan = reading.scan(pages, (pointers) => narrow(ranges, pointers));
  const resolvers = readResolvers(objects, found.resolvers.values);
  const scannedBefore = reading.scanned;
  const isOther = (node: number): boolean => anchor?.own.has(node) !== true;
  const heap = new MemoryHeap(
    objects,
    {
      // The search for what settles the anchor's promise would go over all of the heap for nothing.
      generators: found.generators.values.filter(isOther),
      promises: found.promises.values.filter(isOther),
      retainers: (own, nodes, goOn, limits) => {
        // By now all is read that must be of one moment: functions, promises, and the ways between them.
        memory.keepCopies(copy.fresh);
        return findRetainersInMemory(own, nodes, goOn, limits, {
          scan(needles, hit) {
            memory.collect();
            return scan(needles, hit);
          },
          holderOf: objectFinder(objects, pages),
          registers,
          leftRegisters,
          resolvers,
          findGlobalHandles: (nodes) =>
            findGlobalHandles(
              memory,
              known.pid,
              pages,
              resident,
              nodes.map((node) => objects.pointer(node)),
              deadline,
            ),
          mayGoOn: () => reading.scanned - scannedBefore < searchBytes && performance.now() < deadline,
        });
      },
    },
    known.builtins,
    places,
  );
  const parts: object[] = [];
  const graph = readAwaitGraph(heap, parts);
  describeSockets(heap, graph, known.pid);
  return { heap, graph, parts };
}
