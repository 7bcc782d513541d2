import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const STDERR = 2;
const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;

/** Where stderr leads at the moment, opened so that a write does not hold the thread up. */
export interface StderrTarget {
  fd: number;
  /** A write may block after all: nothing could be done about it. */
  mayBlock: boolean;
  close(): void;
}

/**
 * Opens what file descriptor 2 leads to now, for one text; `null` where it leads nowhere.
 *
 * A thread in a blocked write(2) cannot be stopped: on Node 20, 22, 24 and 26 a worker that sits in `fs.writeSync` (or
 * waits for `fs.write`) on a full blocking pipe keeps `process.exit()` of the main thread from ending until somebody
 * reads. So no write here may block:
 *
 * - A regular file does not, and must be written through the descriptor itself: `2>err.log` without append has one
 *   offset, which everyone who writes has to share.
 * - A pipe, FIFO or terminal is opened once more through /proc/self/fd/2, non-blocking. The flag belongs to the open
 *   file description, so the application's own descriptor (and those of its children) stay as they are.
 * - A socket cannot be opened again (ENXIO), nor can the pipe of another user (EACCES: a service that has dropped its
 *   privileges). Then the description itself is made non-blocking, as the first `console.error` would make it.
 * - What remains (a terminal of another user, systems other than Linux in part) may block.
 */
export function openStderrTarget(): StderrTarget | null {
  const stat = statStderr();
  if (stat === null) return null;
  // An import would load node:net with it, 1.7 ms at each start (20.20); most processes never come here.
  const terminal = process.getBuiltinModule('node:tty').isatty(STDERR);
  if (!terminal && !stat.isFIFO() && !stat.isSocket()) return direct(false);
  if (process.platform === 'linux' && !stat.isSocket()) {
    try {
      return reopened(fs.openSync(`/proc/self/fd/${STDERR}`, O_WRONLY | O_NONBLOCK | O_NOCTTY));
    } catch (error) {
      // A FIFO with a name and without a reader.
      if (stat.isFIFO() && (error as NodeJS.ErrnoException).code === 'ENXIO') return null;
      // EACCES, no /proc, Node's permission model: the next way.
    }
  }
  if (terminal) return direct(true);
  return direct(!(isNonBlocking() || makeNonBlocking()));
}

function statStderr(): fs.Stats | null {
  try {
    return fs.fstatSync(STDERR);
  } catch {
    return null; // EBADF: the application has closed it.
  }
}

function direct(mayBlock: boolean): StderrTarget {
  return { fd: STDERR, mayBlock, close: () => undefined };
}

function reopened(fd: number): StderrTarget {
  return { fd, mayBlock: false, close: () => fs.closeSync(fd) };
}

/** What the kernel says of the description behind descriptor 2. False where it does not say. */
function isNonBlocking(): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${STDERR}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
  } catch {
    return false; // No /proc.
  }
}

/**
 * Makes descriptor 2, a pipe or socket, non-blocking: libuv does it when a stream is opened on it (seen on Node 20, 22,
 * 24 and 26). It stays so, for the main thread may have opened its own stream meanwhile and count on it. At exit Node
 * puts the descriptors' flags back.
 */
function makeNonBlocking(): boolean {
  if (process.platform === 'win32') return false;
  try {
    if (isMainThread) {
      // The same that `console.error` does; a second stream on the descriptor would take its events away.
      return process.stderr.writable && (process.platform !== 'linux' || isNonBlocking());
    }
    // In a worker, `process.stderr` is a message port. Closing the stream leaves descriptors 0 to 2 open (libuv).
    const { Socket } = process.getBuiltinModule('node:net');
    new Socket({ fd: STDERR, readable: false, writable: true }).destroy();
    return true;
  } catch {
    return false; // A kind of descriptor that Node knows no stream for, such as a datagram socket.
  }
}
