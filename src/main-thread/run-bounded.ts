import { Script } from 'node:vm';

/** A function of the application's ran longer than it was given, and was ended. */
export class OverrunError extends Error {
  override readonly name = 'OverrunError';
}

/** Where the script below finds what to call; the property exists only during the call. */
const CALL = Symbol.for('guru-meditation.call');
const script = new Script(`globalThis[Symbol.for('guru-meditation.call')]()`, {
  filename: 'guru-meditation:call',
});

/**
 * Calls foreign synchronous code and ends it after `ms` milliseconds, endless loops included. `node:vm` is Node's only
 * way to put a time limit on JavaScript of one's own thread; the function is neither sandboxed nor copied.
 *
 * @throws {OverrunError} when the time was up; otherwise whatever `call` throws.
 */
export function runBounded<T>(call: () => T, ms: number): T {
  const outer = Object.getOwnPropertyDescriptor(globalThis, CALL); // of a call that this one is made in
  Object.defineProperty(globalThis, CALL, { value: call, configurable: true });
  try {
    return script.runInThisContext({ timeout: Math.max(1, Math.ceil(ms)) }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new OverrunError(`ran longer than ${Math.round(ms)} ms and was ended`);
    }
    throw error;
  } finally {
    if (outer) Object.defineProperty(globalThis, CALL, outer);
    else Reflect.deleteProperty(globalThis, CALL);
  }
}
