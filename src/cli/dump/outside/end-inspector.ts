import { answerWithin, NO_ANSWER } from '../../../inspector/cdp.js';
import type { WebSocketCdp } from '../../../inspector/websocket.js';

/**
 * Ends the inspector that a session is of: its port is closed, and its thread ended, when the connection is. The request
 * gets no answer, as the connection goes first (20.20, 22.23, 24.21 and 26.10).
 *
 * `process._debugEnd` is what `inspector.close()` calls, without loading that module into the process.
 *
 * Node takes SIGUSR1 up twice: in an interrupt, and when its event loop turns. Where the interrupt came into the midst of
 * JavaScript, it therefore opens its inspector a second time when that returns (20.20, 22.23, 24.21 and 26.10). So it is
 * ended once more after the loop has turned: two immediates have all of one turn between them.
 *
 * @returns whether it ended within the time: it needs the main thread to take an interrupt.
 */
export async function endInspector(cdp: WebSocketCdp, timeoutMs: number): Promise<boolean> {
  // By itself each session of a worker would stay until its thread comes to it.
  cdp.post('NodeWorker.disable').catch(() => {});
  const expression = `(${end.toString()})()\n//# sourceURL=guru-meditation:end`;
  cdp.post('Runtime.evaluate', { expression, silent: true }).catch(() => {});
  return (await answerWithin(cdp.closed, timeoutMs)) !== NO_ANSWER;
}

/** Runs in the process whose inspector it is, as source text. */
function end(): void {
  const { _debugEnd } = process as unknown as { _debugEnd: () => void };
  try {
    // Not the global one, which tests may have put a fake in the place of.
    const { setImmediate } = process.getBuiltinModule?.('timers') ?? globalThis;
    setImmediate(() => setImmediate(() => _debugEnd()));
  } finally {
    _debugEnd();
  }
}
