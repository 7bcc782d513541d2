import { readLinuxThreads } from './linux/threads.js';
import type { Pid } from './pid.js';
import type { ThreadReadings } from './thread-reading.js';

/** What the operating system says of the threads of a process. Never throws; synchronous. */
export function readThreads(pid: Pid): ThreadReadings {
  if (process.platform === 'linux') return readLinuxThreads(pid);
  return {
    threads: [],
    problem: `the operating system's view of threads cannot be read on ${process.platform}`,
  };
}
