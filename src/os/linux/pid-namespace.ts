import type { Pid } from '../pid.js';
import { readProcFile } from './proc-file.js';

/**
 * The id in the innermost namespace of process ids, as a process or thread in a container knows itself; `null` where the
 * kernel does not tell. Of the text of its `status`.
 */
export function innerIdOf(status: string): number | null {
  const ids = /^NSpid:\t(.+)$/m.exec(status)?.[1];
  return ids === undefined ? null : Number(ids.split('\t').at(-1));
}

/** Whether the ids that `/proc` shows are others than the process itself knows: it is in a container, and this is not. */
export function isInInnerNamespace(status: string): boolean {
  return /^NSpid:\t\d+\t\d/m.test(status);
}

/** Thread ids as `/proc` shows them → as the process itself knows them. Those of threads that have ended stay. */
export function readInnerTids(pid: Pid, tids: readonly number[]): Map<number, number> {
  const status = readProcFile(`/proc/${pid}/status`);
  const isInner = status.error === undefined && isInInnerNamespace(status.text);
  return new Map(tids.map((tid) => [tid, isInner ? (readInnerTid(pid, tid) ?? tid) : tid]));
}

function readInnerTid(pid: Pid, tid: number): number | null {
  const status = readProcFile(`/proc/${pid}/task/${tid}/status`);
  return status.error === undefined ? innerIdOf(status.text) : null;
}
