import { userInfo } from 'node:os';
import type { Pid } from '../pid.js';
import type { ProcessTree } from '../process-tree.js';

/** Only what Node itself knows of its own process: Windows tells more through WMI only, which takes seconds. */
export function readWindowsProcess(pid: Pid): ProcessTree {
  if (pid !== 'self' && pid !== process.pid) {
    return { tree: null, problem: 'processes cannot be listed on Windows' };
  }
  return {
    tree: {
      pid: process.pid,
      ppid: process.ppid,
      user: userName(),
      uid: null,
      state: 'unknown',
      command: [...process.argv],
      startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
      children: [],
    },
    problem: 'child processes cannot be listed on Windows',
  };
}

function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null; // the account is gone, or is of a service without a profile
  }
}
