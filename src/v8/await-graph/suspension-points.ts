import type { FunctionPlace, Place, SuspendedKind, SuspensionPoint } from './await-graph.js';
import { ANONYMOUS } from './functions.js';

/** What readers of heaps know of a suspended function. */
export interface KnownSuspension {
  kind: SuspendedKind;
  /** As it was written. */
  fn: FunctionPlace;
  /** What V8 calls it in stack traces, as far as the reader can tell; empty if it has no name. */
  displayName: string;
  /** Where exactly it is suspended; `null` where the reader cannot tell. */
  position: Place | null;
}

export function suspensionPoint({ kind, fn, displayName, position }: KnownSuspension): SuspensionPoint {
  const { script, location } = fn;
  return {
    kind,
    functionName: displayName || ANONYMOUS,
    script,
    functionLocation: location,
    position: position ?? location,
    confirmed: position !== null,
    internal: isInternal(script),
  };
}

/** Whether the script is Node's own. */
function isInternal(script: string): boolean {
  return script.startsWith('node:');
}
