import { readdirSync, readlinkSync } from 'node:fs';
import { errorCode } from '../system-error.js';
import { readProcFile } from './proc-file.js';
import { parseInetSocket, parseUnixSocket } from './socket-tables.js';

/** A TCP socket that listens. */
export interface TcpListener {
  /** `127.0.0.1:8080`, `[::]:8080`. */
  address: string;
  /** Without brackets. */
  host: string;
  port: number;
  /** Of the user that made it. */
  uid: number;
  /** The same as in `/proc/PID/fd`. */
  inode: string;
}

/** A Unix socket that listens. */
export interface UnixListener {
  /** `/run/mogan.sock`; `@name` where it is in no file system. */
  path: string;
  /** The same as in `/proc/PID/fd`. */
  inode: string;
}

/** The kernel lists those that listen before the connections, which may be very many. */
const TCP_TABLE_LIMIT = 4 * 1024 * 1024;
/** In no order: a line has some 100 bytes, so that these are tens of thousands of sockets. */
const UNIX_TABLE_LIMIT = 16 * 1024 * 1024;

/** Of the network namespace that the process is in, its own and others'. What cannot be read is left out. */
export function readTcpListeners(pid: number): TcpListener[] {
  const sockets: TcpListener[] = [];
  for (const protocol of ['tcp', 'tcp6'] as const) {
    for (const line of linesOf(`/proc/${pid}/net/${protocol}`, TCP_TABLE_LIMIT)) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      if (fields[3] !== '0A' || inode === undefined) continue;
      const address = parseInetSocket(line, protocol, inode)?.local;
      const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address ?? '') ?? [];
      if (address === undefined || host === undefined) continue;
      sockets.push({ address, host, port: Number(port), uid: Number(fields[7]), inode });
    }
  }
  return sockets;
}

/** Those that the process itself has open; `null` where that may not be known. */
export function readOwnTcpListeners(pid: number): TcpListener[] | null {
  const own = readSocketInodes(pid);
  return own && readTcpListeners(pid).filter(({ inode }) => own.has(inode));
}

/** Of the network namespace that the process is in, its own and others'. What cannot be read is left out. */
export function readUnixListeners(pid: number): UnixListener[] {
  const sockets: UnixListener[] = [];
  for (const line of linesOf(`/proc/${pid}/net/unix`, UNIX_TABLE_LIMIT)) {
    const inode = /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) \S/.exec(line)?.[1];
    const ends = inode === undefined ? null : parseUnixSocket(line, inode);
    if (inode !== undefined && ends?.state === 'LISTEN') sockets.push({ path: ends.local, inode });
  }
  return sockets;
}

function linesOf(path: string, limit: number): string[] {
  const file = readProcFile(path, limit);
  return file.error === undefined ? file.text.split('\n').slice(1) : [];
}

/** {@link listSocketInodes}; `null` where it is not permitted to know, and if it has ended, which others notice. */
export function readSocketInodes(pid: number): Set<string> | null {
  try {
    return listSocketInodes(pid);
  } catch {
    return null;
  }
}

/** The inodes of the sockets that a process has open. @throws the error of the system */
export function listSocketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch (error) {
      // Closed meanwhile. (Root without CAP_SYS_PTRACE may list descriptors, but not know what they are.)
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return inodes;
}
