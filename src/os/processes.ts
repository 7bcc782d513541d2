import { readLinuxProcessTree } from './linux/processes.js';
import type { Pid } from './pid.js';
import { readPsProcessTree } from './posix/processes.js';
import type { ProcessTree } from './process-tree.js';
import { readWindowsProcess } from './windows/processes.js';

/** A process and all its descendants. Never throws; synchronous (on macOS and BSD at most 2 s, for `ps`). */
export function readProcessTree(pid: Pid): ProcessTree {
  if (process.platform === 'linux') return readLinuxProcessTree(pid);
  if (process.platform === 'win32') return readWindowsProcess(pid);
  return readPsProcessTree(pid);
}
