import { readdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readStartTicks } from '../os/process-start.js';
import { errorCode } from '../os/system-error.js';
import { SOCKET_NAME } from './place.js';

/** Bounds the work of one cleaning: what is left is for the next. */
const MOST_REMOVED = 100;

/**
 * Removes the sockets of processes that were killed. A socket is stale if no process has its id and start *and* nobody
 * listens: directories are shared between containers, whose ids mean nothing here. Never rejects.
 *
 * @param own the name of this process's own, which an earlier sentinel may have left
 */
export async function removeStale(directory: string, own: string | null = null): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return; // It is not there, or not ours: nothing to clean.
  }
  let looked = 0;
  for (const name of names) {
    const [, pid, start] = SOCKET_NAME.exec(name) ?? [];
    if (pid === undefined || start === undefined) continue;
    if (name !== own && start !== '0' && readStartTicks(Number(pid)) === Number(start)) continue;
    if (++looked > MOST_REMOVED) return;
    const path = join(directory, name);
    if (!(await isRefused(path))) continue;
    try {
      unlinkSync(path);
    } catch {
      // Another one cleans as well.
    }
  }
}

/** Whether the socket is there and nobody listens at it. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error) => resolve(errorCode(error) === 'ECONNREFUSED'));
  });
}
