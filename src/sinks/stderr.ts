import fs from 'node:fs';
import { errorCode } from '../os/system-error.js';
import { formatProblem } from './problem-line.js';
import { openStderrTarget, type StderrTarget } from './stderr-target.js';

/** Milliseconds between two attempts while nobody reads: doubled each time, from the first to the last. */
const FIRST_WAIT = 5;
const LAST_WAIT = 250;

/** Bytes at once where a write may block: no more than a pipe with any room takes. */
const PIECE = 4_096;

/** Problems that wait behind a text which nobody reads; later ones are only counted. */
const MAX_WAITING_PROBLEMS = 20;

/** Nobody will read what is written there: the reader has gone, or the descriptor is closed. */
const CLOSED = new Set(['EPIPE', 'EBADF', 'ECONNRESET', 'ENOTCONN', 'ESHUTDOWN', 'EIO', 'ENXIO']);

/**
 * `written`: whole. `closed`: the reader went away before the end, stderr is closed, or the sink was. `failed`: the
 * device refused the rest (a full disk).
 */
export type WriteOutcome = 'written' | 'closed' | 'failed';

export interface StderrSink {
  /**
   * Writes the text whole, after what was given before it. Waits for a slow reader as long as there is one, without
   * holding the thread up; the first attempt is made before this returns. Never rejects.
   */
  write(text: string): Promise<WriteOutcome>;
  /** Writes `guru-meditation: MESSAGE` in the same way. */
  problem(message: string): void;
  /** Gives up what has not been written yet. Idempotent. */
  close(): void;
}

export interface StderrOptions {
  /** Whether waiting for a reader keeps the thread alive. Default false: the process comes first. */
  ref?: boolean;
}

/** A text on its way. */
interface Job {
  bytes: Buffer;
  offset: number;
  problem: boolean;
  done(outcome: WriteOutcome): void;
}

/**
 * A writer to the process's own stderr (descriptor 2), for any thread. It holds no descriptor open between two texts, so
 * one that is closed or re-pointed later is noticed. Use one a thread: two would mix their texts. What waits is held in
 * memory: whoever writes long texts awaits each before the next.
 */
export function openStderr(options: StderrOptions = {}): StderrSink {
  const jobs: Job[] = [];
  let target: StderrTarget | null = null;
  let timer: NodeJS.Timeout | null = null;
  let delay = FIRST_WAIT;
  let closed = false;
  let unwrittenProblems = 0;

  return {
    write(text) {
      return new Promise((resolve) => {
        jobs.push(newJob(text, resolve));
        start();
      });
    },
    problem(message) {
      if (jobs.filter((job) => job.problem).length < MAX_WAITING_PROBLEMS) jobs.push(newProblem(message));
      else unwrittenProblems++;
      start();
    },
    close() {
      closed = true;
      workOff();
    },
  };

  function start(): void {
    if (timer === null) workOff();
  }

  /** Goes on until everything is written or there is no room. Synchronous: a line written just before exit gets out. */
  function workOff(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    for (let job = jobs[0]; job; job = jobs[0]) {
      const outcome = advance(job);
      if (outcome === 'no-room') return wait();
      target?.close();
      target = null;
      jobs.shift();
      job.done(outcome);
      reportUnwritten();
    }
  }

  function advance(job: Job): WriteOutcome | 'no-room' {
    if (closed) return 'closed';
    target ??= openStderrTarget();
    if (target === null) return 'closed';
    while (job.offset < job.bytes.length) {
      const left = job.bytes.length - job.offset;
      const written = writeSome(
        target.fd,
        job.bytes,
        job.offset,
        target.mayBlock ? Math.min(left, PIECE) : left,
      );
      if (typeof written === 'string') return written;
      if (written === 0) return 'no-room';
      job.offset += written;
      delay = FIRST_WAIT;
    }
    return 'written';
  }

  function wait(): void {
    timer = setTimeout(workOff, delay);
    if (!options.ref) timer.unref();
    delay = Math.min(delay * 2, LAST_WAIT);
  }

  function reportUnwritten(): void {
    if (unwrittenProblems === 0 || jobs.length > 0) return;
    jobs.push(newProblem(`${unwrittenProblems} more problems were left out while nobody read stderr`));
    unwrittenProblems = 0;
  }
}

function newJob(text: string, done: Job['done']): Job {
  return { bytes: Buffer.from(text), offset: 0, problem: false, done };
}

function newProblem(message: string): Job {
  return { bytes: Buffer.from(formatProblem(message)), offset: 0, problem: true, done: () => undefined };
}

/** How many bytes were taken, 0 where there is no room now, or what has become of the text. */
function writeSome(fd: number, bytes: Buffer, offset: number, length: number): number | 'closed' | 'failed' {
  try {
    return fs.writeSync(fd, bytes, offset, length);
  } catch (error) {
    const code = errorCode(error);
    // libuv repeats an interrupted write by itself; it is taken for no room where it does not.
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') return 0;
    return code !== null && CLOSED.has(code) ? 'closed' : 'failed';
  }
}

let shared: StderrSink | null = null;

/**
 * Writes `guru-meditation: MESSAGE` to stderr, at once where there is room. For code that has no sink of its own. Never
 * throws and never blocks.
 */
export function problemLine(message: string): void {
  shared ??= openStderr();
  shared.problem(message);
}
