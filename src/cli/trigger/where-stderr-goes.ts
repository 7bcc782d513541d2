import { readdirSync, readlinkSync } from 'node:fs';
import { readProcFile } from '../../os/linux/proc-file.js';
import { readStat } from '../../os/linux/stat.js';
import { describeFd } from '../../os/linux/file-descriptor.js';
import { allPids } from '../target/node-process.js';

const STDERR = 2;
/** Readers of a pipe that are told. */
const MOST_READERS = 3;

/** What the standard error of a process is, for a sentence: a file, a terminal, a pipe and who reads it. */
export function whereStderrGoes(pid: number): string {
  const { target, socket } = describeFd(pid, STDERR);
  if (socket) return `its stderr, a socket (${socket.protocol} ${socket.local} to ${socket.remote})`;
  if (target.startsWith('pipe:')) {
    const readers = readersOf(target, pid);
    return `its stderr, a pipe${readers.length === 0 ? '' : ` that ${readers.join(', ')} reads`}`;
  }
  return `its stderr, ${target}`;
}

/** Other processes that have the pipe open for reading, as far as it may be seen. */
function readersOf(pipe: string, pid: number): string[] {
  const readers: string[] = [];
  for (const other of allPids()) {
    if (other === pid || readers.length >= MOST_READERS) continue;
    if (holdsForReading(other, pipe)) readers.push(`${readStat(other)?.name ?? 'process'} (${other})`);
  }
  return readers;
}

function holdsForReading(pid: number, pipe: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === pipe && isForReading(pid, fd),
    );
  } catch {
    return false; // another user's, or it has just ended
  }
}

/** By the flags it was opened with, in octal: those that write have 1 in the last digit. */
function isForReading(pid: number, fd: string): boolean {
  const info = readProcFile(`/proc/${pid}/fdinfo/${fd}`);
  return info.error === undefined && /^flags:\t\d*[04]$/m.test(info.text);
}
