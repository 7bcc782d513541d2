import { readlinkSync } from 'node:fs';
import {
  readSocketInodes,
  readTcpListeners,
  readUnixListeners,
  type TcpListener,
  type UnixListener,
} from '../../os/linux/listening-sockets.js';
import { SOCKET_PATH } from '../../meeting/place.js';

interface Tables {
  tcp: readonly TcpListener[];
  unix: readonly UnixListener[];
}

/** What many processes listen on: the tables of each network namespace are read once. */
export class Listeners {
  readonly #tables = new Map<string, Tables>();

  /** Addresses, TCP first, by port. `null` where it is not permitted to know. The socket of this library is left out. */
  addressesOf(pid: number): string[] | null {
    const inodes = readSocketInodes(pid);
    if (inodes === null) return null;
    const { tcp, unix } = this.#tablesOf(pid);
    const own = tcp.filter(({ inode }) => inodes.has(inode));
    const paths = unix.filter(({ inode, path }) => inodes.has(inode) && !SOCKET_PATH.test(path));
    const byAddress = (a: string, b: string): number => (a < b ? -1 : 1);
    return [
      ...own.sort((a, b) => a.port - b.port || byAddress(a.address, b.address)).map(({ address }) => address),
      ...paths.map(({ path }) => path).sort(byAddress),
    ];
  }

  /** Whether a process listens on a TCP port, as far as it is permitted to know. */
  isOn(pid: number, port: number): boolean {
    const fitting = this.#tablesOf(pid).tcp.filter((one) => one.port === port);
    if (fitting.length === 0) return false;
    const inodes = readSocketInodes(pid);
    return inodes !== null && fitting.some(({ inode }) => inodes.has(inode));
  }

  /** Who made the sockets that listen on a port here, whoever holds them. */
  owners(port: number): number[] {
    const fitting = this.#tablesOf(process.pid).tcp.filter((one) => one.port === port);
    return [...new Set(fitting.map(({ uid }) => uid))];
  }

  #tablesOf(pid: number): Tables {
    let namespace: string;
    try {
      namespace = readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      namespace = `of ${pid}`; // Not permitted: its own tables can be read all the same.
    }
    let tables = this.#tables.get(namespace);
    if (!tables) {
      tables = { tcp: readTcpListeners(pid), unix: readUnixListeners(pid) };
      this.#tables.set(namespace, tables);
    }
    return tables;
  }
}
