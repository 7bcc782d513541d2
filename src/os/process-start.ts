import { readProcFile } from './linux/proc-file.js';
import { parseStat } from './linux/stat.js';
import type { Pid } from './pid.js';

/**
 * When a process was started, in ticks since boot: with its id, what tells it from a later process that has the same id.
 * `null` if there is no such process, or the system does not tell.
 */
export function readStartTicks(pid: Pid): number | null {
  const file = readProcFile(`/proc/${pid}/stat`);
  return file.error === undefined ? (parseStat(file.text)?.startTicks ?? null) : null;
}
