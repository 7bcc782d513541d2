/**
 * The inspector protocol as this library needs it: requests that always come to an end, events, and a close.
 * Transports: a session of this process (`in-process.ts`), a worker behind one (`workers.ts`).
 */
export interface Cdp {
  /**
   * Sends one request. Rejects with {@link CdpError} if the other side refuses it or the connection closes;
   * a thread that does not answer keeps it pending, so bound it with {@link answerWithin}.
   */
  post<T>(method: string, params?: object): Promise<T>;
  on(method: string, listener: (params: unknown) => void): void;
  /** Idempotent. Requests still pending are rejected. */
  close(): void;
}

/** The other side refused a request, or went away. */
export class CdpError extends Error {
  override readonly name = 'CdpError';
}

/** It ran for as long as it may, and was ended. */
export class CdpTimeLimit extends CdpError {}

/** What stands for the result of a request that was not answered in time. */
export const NO_ANSWER: unique symbol = Symbol('no answer');

/**
 * Settles like `request`, or with {@link NO_ANSWER} after `ms` milliseconds.
 * The timer is unref'd: it runs in the main thread too, where nothing of ours may keep the process alive.
 */
export async function answerWithin<T>(request: Promise<T>, ms: number): Promise<T | typeof NO_ANSWER> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof NO_ANSWER>((resolve) => {
    timer = setTimeout(() => resolve(NO_ANSWER), ms);
    timer.unref();
  });
  try {
    return await Promise.race([request, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

interface RemoteObject {
  type: string;
  value?: unknown;
}

interface EvaluateResult {
  result: RemoteObject;
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

/** By how much V8's time limits may come early by this thread's clock, ms: far more than was ever seen. */
const CLOCKS_DIFFER_MS = 50;

/**
 * Evaluates an expression that returns JSON data, and terminates it after `timeoutMs` of running.
 * V8 ends the evaluation only: JavaScript that was interrupted for it goes on (seen on 20.20, 22.23, 24.21, 26.10).
 * Rejects with {@link CdpError} when it throws or is terminated, with {@link CdpTimeLimit} if that was for its time.
 */
export async function evaluate(cdp: Cdp, expression: string, timeoutMs: number): Promise<unknown> {
  const asked = performance.now();
  const { result, exceptionDetails } = await cdp
    .post<EvaluateResult>('Runtime.evaluate', {
      expression,
      timeout: timeoutMs,
      returnByValue: true,
      silent: true, // an attached debugger must not stop at exceptions of ours
      includeCommandLineAPI: false,
    })
    .catch((error: unknown) => {
      if (!isTermination(error)) throw error;
      const ranMs = performance.now() - asked;
      if (ranMs >= timeoutMs - CLOCKS_DIFFER_MS)
        throw new CdpTimeLimit(`ended after ${Math.round(ranMs)} ms`, { cause: error });
      passTerminationOn(cdp);
      throw error;
    });
  if (exceptionDetails) {
    throw new CdpError(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value;
}

function isTermination(error: unknown): boolean {
  return error instanceof CdpError && /execution was terminated/i.test(error.message);
}

/**
 * A termination before our own was due is somebody else's: the time limit of a `vm` script that we interrupted. V8
 * spends it on the evaluation, and the script would then run for ever (seen on 20.20, 22.23, 24.21, 26.10). So it is
 * asked for again; it hits what runs now, and Node turns it into the time-out that it was meant to be.
 */
function passTerminationOn(cdp: Cdp): void {
  cdp.post('Runtime.terminateExecution').catch(() => {}); // closed meanwhile: nobody to tell
}
