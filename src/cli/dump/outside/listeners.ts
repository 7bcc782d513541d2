import { readListeningSockets, readSocketInodes } from '../../../os/linux/listening-sockets.js';

/** A TCP socket that listens. */
export interface Listener {
  /** Without brackets. */
  address: string;
  port: number;
  /** Of the socket: the same as in `/proc/PID/fd`. */
  inode: string;
}

/** Those of the network namespace of a process, its own and others'. */
export function readAllListeners(pid: number): Listener[] {
  return [...readListeningSockets(pid)].flatMap(([inode, { address, port }]) => {
    const host = /^\[?(.*?)\]?:\d+$/.exec(address)?.[1];
    return port === null || host === undefined ? [] : [{ address: host, port, inode }];
  });
}

/** Those that the process itself has open; `null` where that may not be known. */
export function readListeners(pid: number): Listener[] | null {
  const own = readSocketInodes(pid);
  return own && readAllListeners(pid).filter(({ inode }) => own.has(inode));
}

/** Where to reach a listener from this machine: the loopback address where it listens on all. */
export function hostOf({ address }: Listener): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
