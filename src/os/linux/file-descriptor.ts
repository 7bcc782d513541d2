import { readlinkSync } from 'node:fs';
import type { FileDescriptor } from '../../report/schema.js';
import type { Pid } from '../pid.js';
import { describeSystemError, errorCode } from '../system-error.js';
import { findProcLine } from './proc-file.js';
import { parseInetSocket, parseUnixSocket, type SocketEnds } from './socket-tables.js';

/**
 * How much of one table of sockets is read: about 28,000 connections. The kernel makes the text as it is read,
 * which takes longer than reading it: 4 MB are some 20 ms.
 */
const TABLE_LIMIT = 4 * 1024 * 1024;

const TABLES: readonly { file: string; parse: (line: string, inode: string) => SocketEnds | null }[] = [
  { file: 'tcp', parse: (line, inode) => parseInetSocket(line, 'tcp', inode) },
  { file: 'tcp6', parse: (line, inode) => parseInetSocket(line, 'tcp6', inode) },
  { file: 'unix', parse: parseUnixSocket },
  { file: 'udp', parse: (line, inode) => parseInetSocket(line, 'udp', inode) },
  { file: 'udp6', parse: (line, inode) => parseInetSocket(line, 'udp6', inode) },
];

/**
 * What is behind a file descriptor of a process. Never throws: what cannot be told is said in `target`. Looking up
 * a socket may take some 100 ms on a machine with very many connections: `lookUpSocket` says whether to.
 */
export function describeFd(pid: Pid, fd: number, lookUpSocket = true): FileDescriptor {
  let target: string;
  try {
    target = readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch (error) {
    return {
      fd,
      target:
        errorCode(error) === 'ENOENT' ? '(not open)' : `(cannot be read: ${describeSystemError(error)})`,
    };
  }
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
  const socket = inode === undefined || !lookUpSocket ? null : findSocket(pid, inode);
  return socket === null ? { fd, target } : { fd, target, socket };
}

/** `null` for sockets of other families, those that lie beyond the limit, and those that just went. */
function findSocket(pid: Pid, inode: string): SocketEnds | null {
  for (const { file, parse } of TABLES) {
    const socket = findProcLine(`/proc/${pid}/net/${file}`, ` ${inode}`, TABLE_LIMIT, (line) =>
      parse(line, inode),
    );
    if (socket !== null) return socket;
  }
  return null;
}
