import { readdirSync, readlinkSync } from 'node:fs';
import { readProcFile } from './proc-file.js';
import { parseInetSocket, parseUnixSocket } from './socket-tables.js';

export interface ListeningSocket {
  /** `127.0.0.1:8080`, `[::]:8080`, `/run/mogan.sock`. */
  address: string;
  /** `null` for sockets in the file system. */
  port: number | null;
  /** Of the user that made it. */
  uid: number | null;
}

/** Listening sockets by inode. */
export type ListeningSockets = ReadonlyMap<string, ListeningSocket>;

/** The kernel lists those that listen before the connections, which may be very many. */
const TABLE_LIMIT = 4 * 1024 * 1024;

/** Of the network namespace that the process is in. What cannot be read is left out. */
export function readListeningSockets(pid: number): ListeningSockets {
  const sockets = new Map<string, ListeningSocket>();
  for (const protocol of ['tcp', 'tcp6'] as const) {
    for (const line of linesOf(`/proc/${pid}/net/${protocol}`)) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      if (fields[3] !== '0A' || inode === undefined) continue;
      const ends = parseInetSocket(line, protocol, inode);
      if (ends === null) continue;
      const port = Number(ends.local.slice(ends.local.lastIndexOf(':') + 1));
      sockets.set(inode, { address: ends.local, port, uid: Number(fields[7]) });
    }
  }
  for (const line of linesOf(`/proc/${pid}/net/unix`)) {
    const inode = /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) \S/.exec(line)?.[1];
    const ends = inode === undefined ? null : parseUnixSocket(line, inode);
    if (inode !== undefined && ends?.state === 'LISTEN')
      sockets.set(inode, { address: ends.local, port: null, uid: null });
  }
  return sockets;
}

function linesOf(path: string): string[] {
  const file = readProcFile(path, TABLE_LIMIT);
  return file.error === undefined ? file.text.split('\n').slice(1) : [];
}

/** The inodes of the sockets that a process has open; `null` where it is not permitted to know. */
export function readSocketInodes(pid: number): Set<string> | null {
  let fds: string[];
  try {
    fds = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return null; // or it has ended, which others notice
  }
  const inodes = new Set<string>();
  for (const fd of fds) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes;
}
