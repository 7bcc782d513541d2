import { readdirSync, readlinkSync } from 'node:fs';
import { readProcFile } from '../../../os/linux/proc-file.js';
import { parseInetSocket } from '../../../os/linux/socket-tables.js';
import { errorCode } from '../../../os/system-error.js';

/** A TCP socket that listens. */
export interface Listener {
  /** Without brackets. */
  address: string;
  port: number;
  /** Of the socket: the same as in `/proc/PID/fd`. */
  inode: string;
}

/** Listening sockets stand first in the tables: far more of them than there are. */
const TABLE_LIMIT = 1024 * 1024;
/** The state LISTEN in these tables. */
const LISTEN = ' 0A ';

/** Those of the network namespace of a process, its own and others'. */
export function readAllListeners(pid: number): Listener[] {
  const listeners: Listener[] = [];
  for (const protocol of ['tcp', 'tcp6'] as const) {
    const table = readProcFile(`/proc/${pid}/net/${protocol}`, TABLE_LIMIT);
    if (table.error !== undefined) continue;
    for (const line of table.text.split('\n')) {
      if (!line.includes(LISTEN)) continue;
      const inode = line.trim().split(/\s+/)[9] ?? '';
      const socket = parseInetSocket(line, protocol, inode);
      const [, address, port] = /^\[?(.*?)\]?:(\d+)$/.exec(socket?.local ?? '') ?? [];
      if (socket?.state !== 'LISTEN' || address === undefined || port === undefined) continue;
      listeners.push({ address, port: Number(port), inode });
    }
  }
  return listeners;
}

/** Those that the process itself has open; `error` (`EACCES`) where that may not be known. */
export function readListeners(pid: number): Listener[] | { error: string } {
  const own = socketInodes(pid);
  return own instanceof Set ? readAllListeners(pid).filter(({ inode }) => own.has(inode)) : own;
}

function socketInodes(pid: number): Set<string> | { error: string } {
  const directory = `/proc/${pid}/fd`;
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(directory)) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`${directory}/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch (error) {
    return { error: errorCode(error) ?? 'unknown error' };
  }
  return inodes;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed meanwhile
  }
}

/** Where to reach a listener from this machine: the loopback address where it listens on all. */
export function hostOf({ address }: Listener): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
