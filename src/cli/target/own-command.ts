import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NodeProcess } from './node-process.js';

/** Whether a process is a `guru` command too: this one, the next one in its pipeline, one that somebody else watches with. */
export function isOwnCommand({ pid, script }: NodeProcess): boolean {
  if (pid === process.pid) return true;
  const own = process.argv[1];
  if (script === null || own === undefined) return false;
  try {
    const cwd = realpathSync(`/proc/${pid}/cwd`);
    return realpathSync(resolve(cwd, script)) === realpathSync(own);
  } catch {
    return false; // it may not be looked at, or has just ended
  }
}
