import { readStat } from './linux/stat.js';
import type { Pid } from './pid.js';

/**
 * When a process was started, in ticks since boot: with its id, what tells it from a later process that has the same id.
 * `null` if there is no such process, or the system does not tell.
 */
export function readStartTicks(pid: Pid): number | null {
  return readStat(pid)?.startTicks ?? null;
}
