import { readlinkSync } from 'node:fs';
import {
  type ListeningSocket,
  type ListeningSockets,
  readListeningSockets,
  readSocketInodes,
} from '../../os/linux/listening-sockets.js';
import { SOCKET_PATH } from '../../meeting/place.js';

/** What processes listen on; the tables of each network namespace are read once. */
export class Listeners {
  readonly #tables = new Map<string, ListeningSockets>();

  /** `null` where it is not permitted to know. The socket of this library is left out. */
  of(pid: number): ListeningSocket[] | null {
    const inodes = readSocketInodes(pid);
    if (inodes === null) return null;
    const table = this.#tableOf(pid);
    const found = [...inodes].map((inode) => table.get(inode)).filter((socket) => socket !== undefined);
    return found
      .filter(({ address }) => !SOCKET_PATH.test(address))
      .sort((a, b) => (a.port ?? 1e9) - (b.port ?? 1e9) || (a.address < b.address ? -1 : 1));
  }

  /** Who made the sockets that listen on a port here, whoever holds them. */
  owners(port: number): number[] {
    const uids = [...this.#tableOf(process.pid).values()]
      .filter((one) => one.port === port)
      .map(({ uid }) => uid);
    return [...new Set(uids)].filter((uid) => uid !== null);
  }

  #tableOf(pid: number): ListeningSockets {
    let namespace: string;
    try {
      namespace = readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      namespace = `of ${pid}`; // Not permitted: its own tables can be read all the same.
    }
    let table = this.#tables.get(namespace);
    if (!table) this.#tables.set(namespace, (table = readListeningSockets(pid)));
    return table;
  }
}
