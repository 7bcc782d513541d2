import { type CapturedFrame, type CapturedStack, captureStack } from './capture-stack.js';
import { answerWithin, type Cdp, NO_ANSWER } from './cdp.js';
import { attachWorkers } from './workers.js';

/** How long a thread gets to take an inspector interrupt before it counts as silent, ms. */
export const ANSWER_MS = 1000;

/** A thread that runs JavaScript, and what came back when it was asked for its stack. */
export interface JsThread {
  kind: 'main' | 'worker' | 'sentinel';
  /** Node's thread id; `null` where it could not be learnt. */
  threadId: number | null;
  name: string;
  reading: StackReading;
  /** For asking it more while the capture's session is open; `null` where there is none. */
  cdp: Cdp | null;
}

export type StackReading =
  | { outcome: 'answered'; stack: CapturedStack }
  /** It was asked and did not answer for `waitedMs`. */
  | { outcome: 'silent'; waitedMs: number }
  /** It was not or could not be asked; one line why. */
  | { outcome: 'not-asked'; reason: string };

/** The JavaScript on the machine stack of a thread, by the operating system's id of it. */
export type ReadMachineStack = (tid: number) => MachineStackReading;

export type MachineStackReading =
  /** Innermost first; none where no JavaScript is on the stack. `cut`: there is more. */
  { outcome: 'frames'; frames: CapturedFrame[]; cut: boolean } | { outcome: 'unknown'; reason: string };

export interface ThreadCapture {
  threads: JsThread[];
  /** One line: why threads may be missing. */
  problem: string | null;
}

/** Asks one thread for its stack. Never rejects. */
export async function readStack(cdp: Cdp, answerMs = ANSWER_MS): Promise<StackReading> {
  const asked = performance.now();
  try {
    const stack = await answerWithin(captureStack(cdp), answerMs);
    return stack === NO_ANSWER
      ? { outcome: 'silent', waitedMs: performance.now() - asked }
      : { outcome: 'answered', stack };
  } catch (error) {
    return { outcome: 'not-asked', reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Asks every worker but `exceptThreadId` for its stack, all at once. Never rejects; `problem` says in one line why
 * the list may be incomplete.
 *
 * @param mainThread the main thread's session: workers are reached through it, and only while it answers.
 */
export async function readWorkerStacks(
  mainThread: Cdp,
  exceptThreadId: number | null,
  answerMs = ANSWER_MS,
): Promise<ThreadCapture> {
  const readings: Promise<JsThread>[] = [];
  try {
    const attached = await answerWithin(
      attachWorkers(mainThread, ({ cdp, threadId, name }) => {
        if (threadId !== null && threadId === exceptThreadId) return;
        readings.push(
          readStack(cdp, answerMs).then((reading) => ({ kind: 'worker', threadId, name, reading, cdp })),
        );
      }),
      answerMs,
    );
    return {
      threads: await Promise.all(readings),
      problem:
        attached === NO_ANSWER ? 'workers are reached through the main thread, which did not answer' : null,
    };
  } catch (error) {
    const threads = await Promise.all(readings);
    return {
      threads,
      problem: `workers could not be listed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
