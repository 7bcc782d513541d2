import { spawn } from 'node:child_process';
import { programPath } from './program-path.js';
import type { OutsideProcess } from './outside-process.js';

/** Written to the guard when there is nothing left for it to do. */
export const CLOSED = 'closed\n';

/**
 * A process of its own that closes the inspector of the target again, should this one be ended before it has, or should
 * the target open it only later: Node does so when it comes back from native code.
 */
export interface InspectorGuard {
  /** The inspector was closed, or never will be opened. */
  dismiss(): void;
  /** From now on the guard sees to it, whether this process runs on or not. */
  takeOver(): void;
}

/** @param known inodes of the sockets that listened before: they are not the inspector's */
export function startGuard(target: OutsideProcess, known: readonly string[]): InspectorGuard {
  const path = programPath('inspector-guard-program');
  const args = [path, String(target.pid), String(target.startTicks), known.join(',')];
  const guard = spawn(process.execPath, args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // an interrupt from the terminal is for us only
    env: {},
    cwd: '/',
  });
  guard.on('error', () => {}); // no process could be started: then it is without a guard
  guard.stdin.on('error', () => {});
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return {
    dismiss: () => void guard.stdin.end(CLOSED),
    takeOver: () => void guard.stdin.end(),
  };
}
