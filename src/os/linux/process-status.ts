import { constants } from 'node:os';
import type { Pid } from '../pid.js';
import { readProcFile } from './proc-file.js';

/** What is of use in `/proc/PID/status`, which every user may read. */
export interface ProcessStatus {
  /** The effective user. */
  uid: number;
  /** Bytes of memory in use; 0 for zombies. */
  residentBytes: number;
  /** Bit N-1 is signal N. */
  caught: bigint;
  ignored: bigint;
  /** A process that is being traced by a debugger has one. */
  tracerPid: number;
}

/** `null` for a process that ended, or that is hidden (`hidepid`). */
export function readProcessStatus(pid: Pid): ProcessStatus | null {
  const file = readProcFile(`/proc/${pid}/status`);
  return file.error === undefined ? parseProcessStatus(file.text) : null;
}

export function parseProcessStatus(text: string): ProcessStatus | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1];
  const uid = field('Uid')?.split('\t')[1];
  if (uid === undefined) return null;
  const mask = (name: string): bigint => {
    const hex = field(name)?.trim();
    return hex === undefined || !/^[0-9a-f]+$/i.test(hex) ? 0n : BigInt(`0x${hex}`);
  };
  return {
    uid: Number(uid),
    residentBytes: Number.parseInt(field('VmRSS') ?? '0', 10) * 1024,
    caught: mask('SigCgt'),
    ignored: mask('SigIgn'),
    tracerPid: Number(field('TracerPid') ?? 0),
  };
}

export function readEffectiveUid(pid: Pid): number | null {
  return readProcessStatus(pid)?.uid ?? null;
}

/** What a signal would do to the process. */
export function dispositionOf(
  { caught, ignored }: ProcessStatus,
  signal: string,
): 'caught' | 'ignored' | 'default' {
  const number = (constants.signals as Record<string, number>)[signal];
  if (number === undefined) return 'default';
  const bit = 1n << BigInt(number - 1);
  if ((caught & bit) !== 0n) return 'caught';
  return (ignored & bit) !== 0n ? 'ignored' : 'default';
}
