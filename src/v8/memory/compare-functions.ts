import type { SuspendedFunction } from '../await-graph/await-graph.js';
import { builtinId } from './functions.js';
import type { KnownFrame } from './known-functions.js';
import { awaitOf, KNOWN_SCRIPT, KNOWN_WAYS, type KnownWay, startOf } from './known-script.js';
import type { MemoryHeap } from './memory-heap.js';
import { Mismatch } from './mismatch.js';

/** The one of that name, without what stands before a method's. */
export function named(suspended: readonly SuspendedFunction[], name: string): SuspendedFunction {
  const found = suspended.filter(({ point }) => point.functionName === name);
  if (found.length !== 1) throw new Mismatch(`the function ${name} was found ${found.length} times`);
  return found[0]!;
}

/** Compares the functions that wait for `first` with what V8 says. */
export function compareChain(
  suspended: readonly SuspendedFunction[],
  first: string,
  expected: readonly KnownFrame[],
): void {
  let one = named(suspended, first);
  if (expected.length === 0) throw new Mismatch('V8 did not say what waits for a function');
  for (let at = 0; at < expected.length; at++) {
    const via = one.awaitedBy[0]?.via ?? [];
    const next = suspended[one.awaitedBy[0]?.to ?? -1];
    const index = expected[at]!.promiseIndex;
    if (index !== null) {
      if (via[0]?.kind !== 'Promise.all' || via[0].index !== index)
        throw new Mismatch('the index of a Promise.all was misread');
      at++;
    }
    const frame = expected[at];
    if (next === undefined || frame === undefined)
      throw new Mismatch(`what awaits ${one.point.functionName} was not found`);
    const { functionName, script, position, confirmed } = next.point;
    const place = `${functionName} ${script}:${position?.line}:${position?.column}`;
    const wanted = `${frame.functionName} ${frame.script}:${frame.line}:${frame.column}`;
    if (place !== wanted || !confirmed) throw new Mismatch(`${wanted} was read as ${place}`);
    one = next;
  }
  if (one.awaitedBy.length > 0) throw new Mismatch(`${one.point.functionName} is said to be waited for`);
}

/** Compares the functions of the known script with its text. */
export function compareWays(suspended: readonly SuspendedFunction[]): void {
  for (const way of KNOWN_WAYS) {
    const waits = named(suspended, way.waits);
    // There are three of them; one has not been started, and one is not waited for.
    const link = suspended
      .filter(({ point }) => point.functionName === way.leaf)
      .flatMap(({ awaitedBy }) => awaitedBy)
      .find(({ to }) => to === waits.index);
    const read = `${describe(waits)}${link?.via.map(describeVia).join('') ?? ' no way'}`;
    const expected = expectedOf(way);
    // Of what is given to a combinator one is no function's promise.
    const others = way.via.some(({ kind }) => kind.startsWith('Promise.'));
    if (read !== expected || !waits.point.confirmed || waits.awaits.length > 0 !== others)
      throw new Mismatch(`${expected} was read as ${read}`);
  }
}

function describe({ point: { kind, functionName, script, position } }: SuspendedFunction): string {
  return `${kind} ${functionName} ${script}:${position?.line}:${position?.column}`;
}

function describeVia({
  kind,
  index,
  callback,
}: SuspendedFunction['awaitedBy'][number]['via'][number]): string {
  const by = callback && ` ${callback.functionName} ${callback.location?.line}:${callback.location?.column}`;
  return `, ${kind} ${index}${by ?? ''}`;
}

function expectedOf({ waits, via }: KnownWay): string {
  const { line, column } = awaitOf(waits);
  const start = `async function ${waits} ${KNOWN_SCRIPT.filename}:${line}:${column}`;
  const ways = via.map(({ kind, index, callback }) => {
    if (callback === null) return `, ${kind} ${index}`;
    const place = startOf(callback);
    return `, ${kind} ${index} ${callback} ${place.line}:${place.column}`;
  });
  return start + ways.join('');
}

/** V8's id of the callback that unwraps what a synchronous iterator gave. */
export function unwrapId(heap: MemoryHeap): number {
  let id = -1;
  for (const promise of heap.find().promises) {
    heap.visitReactions(promise, (_reaction, fulfill, _reject, derived) => {
      if (fulfill === -1 || derived === -1) return;
      heap.visitReactions(derived, (_next, resumes) => {
        const context = resumes === -1 ? -1 : heap.contextOf(resumes);
        const generator = context === -1 ? -1 : heap.extension(context);
        if (generator !== -1 && heap.name(heap.functionOf(generator)) === 'guruKnownSyncIterator')
          id = builtinId(heap.objects, fulfill);
      });
    });
  }
  if (id === -1) throw new Mismatch('a for await loop was misread');
  return id;
}
