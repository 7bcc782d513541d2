import { describeFunction } from './functions.js';
import type { Heap } from './heap.js';
import { isProbe } from './probe.js';
import type { PromiseOwners } from './promise-owners.js';
import type { Waits } from './reactions.js';
import type { Settlers } from './settlers.js';

/**
 * Removes links of garbage that V8 has not swept yet: after a snapshot the inspector was asked by promises that seem to resume
 * functions of the program. See {@link Resumptions}.
 *
 * @returns the indices of functions whose resumption was decided by this
 */
export function removeLeftOver(
  heap: Heap,
  waits: Waits,
  owners: PromiseOwners,
  settlers: Settlers,
): readonly number[] {
  const { resumptions, links, vertices } = waits;
  if (!resumptions.hasRivals) return [];
  const { first } = links.byEnd(vertices.count);
  /** Whether nothing settles it, or a probe, which never ends. */
  const isLeftOver = (promise: number): boolean => {
    const owner = owners.ownerOf(promise);
    if (owner !== -1) return isProbe(describeFunction(heap, heap.functionOf(vertices.node(owner))));
    // What came up since has no links.
    if (promise < vertices.count && first[promise] !== first[promise + 1]) return false;
    return (settlers.of(promise)?.kind ?? 'nothing') === 'nothing';
  };
  const resumed = resumptions.decide(isLeftOver);
  for (const link of resumed.links) links.remove(link);
  return resumed.functions;
}
