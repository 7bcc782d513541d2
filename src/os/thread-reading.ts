import type { OsThread } from '../report/schema.js';

/** An {@link OsThread} with what is only of use while a report is made. */
export interface OsThreadReading extends OsThread {
  /** The kernel's name of the thread (`comm`): at most 15 bytes, inherited from the thread that made it. */
  name: string;
  /** Clock ticks (1/100 s) between boot and the start of the thread: orders threads, with the tid. */
  startTicks: number;
  /** The user-space stack pointer, where the thread is off CPU and the kernel tells. */
  stackPointer?: number;
}

/** All threads of a process, ordered by tid, and one line on what could not be read. */
export interface ThreadReadings {
  threads: OsThreadReading[];
  problem: string | null;
}

/** The part of a reading that belongs in a report. */
export function toOsThread(reading: OsThreadReading): OsThread {
  const { tid, state, cpu, waitChannel, systemCall } = reading;
  return {
    tid,
    state,
    cpu,
    ...(waitChannel === undefined ? {} : { waitChannel }),
    ...(systemCall === undefined ? {} : { systemCall }),
  };
}
