import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { Settings } from '../config/options.js';

interface SignalWrap {
  onsignal: (() => void) | null;
  start(number: number): number;
  unref(): void;
  close(): void;
}

/**
 * Receives a signal on this worker's own event loop, through Node's internal signal wrap: `process.on` would deliver it
 * to the main thread only. The internal modules are there because the sentinel is started with `--expose-internals`
 * (works on 20.20, 22.23, 24.21 and 26.10).
 *
 * @returns an idempotent function that stops it.
 * @throws where this Node has no such internal API; the main thread's handler serves then.
 */
function receiveSignal(name: string, onSignal: () => void): () => void {
  const number = (constants.signals as Record<string, number>)[name];
  if (number === undefined) throw new Error(`this system has no signal ${name}`);
  const require = createRequire(import.meta.url);
  const { internalBinding } = require('internal/test/binding') as {
    internalBinding: (name: 'signal_wrap') => { Signal: new () => SignalWrap };
  };
  const wrap = new (internalBinding('signal_wrap').Signal)();
  wrap.onsignal = onSignal;
  wrap.unref();
  const failure = wrap.start(number);
  if (failure !== 0) {
    wrap.close();
    throw new Error(`signal wrap: error ${failure}`);
  }
  let open = true;
  return () => {
    if (open) wrap.close();
    open = false;
  };
}

/** The signal trigger of the sentinel. */
export interface SignalTrigger {
  /** Why signals cannot be received in this thread; `null` if they can, or are not wanted. */
  problem: string | null;
  /** Hands over: `onSignal` is called for what has come already and for what comes from now on. */
  takeOver(onSignal: () => void): void;
  /** Idempotent. */
  stop(): void;
}

/** Starts to receive the signal at once, if it is the trigger, and counts until somebody takes over. */
export function receiveSignals(settings: Settings): SignalTrigger {
  if (settings.fileEventHandler !== null) return { problem: null, takeOver() {}, stop() {} };
  let waiting = 0;
  let deliver = (): void => {
    waiting++;
  };
  try {
    const stop = receiveSignal(settings.signal, () => deliver());
    const takeOver = (onSignal: () => void): void => {
      deliver = onSignal;
      for (; waiting > 0; waiting--) onSignal();
    };
    return { problem: null, takeOver, stop };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error), takeOver() {}, stop() {} };
  }
}
