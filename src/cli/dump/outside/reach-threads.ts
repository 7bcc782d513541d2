import { setTimeout as sleep } from 'node:timers/promises';
import { splitNodeOptions } from '../../../config/node-options.js';
import type { ReadMachineStack } from '../../../inspector/capture-threads.js';
import type { ThreadReadings } from '../../../os/thread-reading.js';
import type { ProcessFacts } from '../../../sections/package.js';
import type { TargetNode } from './calibration.js';
import { inspectorFlags } from './inspector-flags.js';
import { isSameStack, isUninterruptible } from './native-stacks.js';
import { type OpenInspector, openInspector, whyStopped } from './open-inspector.js';
import type { OutsideProcess } from './outside-process.js';
import type { ThreadsBefore } from './threads.js';

/** What is known of a process before its threads are asked anything. */
export interface Beforehand {
  facts: ProcessFacts;
  before: ThreadsBefore;
  node: TargetNode;
  readNative: ReadMachineStack | { reason: string };
}

/** How far apart a thread is looked at twice, to see whether it stays in its native code, ms. */
const NATIVE_AGAIN_MS = 50;

/** Opens the inspector of a process, if its threads can be asked in it. One line why not, where they cannot. */
export async function reachThreads(
  target: OutsideProcess,
  { facts, before, node, readNative }: Beforehand,
  signal: AbortSignal,
): Promise<OpenInspector | { reason: string }> {
  // A build without what debuggers are to know of V8, at least by its name: SIGUSR1 means other things to other programs.
  const exe = target.readExe();
  if (node.version === null && 'value' in exe && !/\/node(?:js)?[\d.]*(?: \(deleted\))?$/.test(exe.value))
    return { reason: 'its threads were not asked, as it is not seen to run Node' };
  const stopped = whyStopped(target); // wherever it happened to be then
  if (stopped !== null) return { reason: `its threads were not asked: ${stopped}` };
  if (typeof readNative === 'function' && (await staysInNativeCode(target.pid, readNative)))
    return { reason: 'its main thread is in native code, where it can be asked nothing' };
  const flags = inspectorFlags([
    ...splitNodeOptions(facts.environment['NODE_OPTIONS'] ?? ''),
    ...facts.execArgv,
  ]);
  flags.isOpen ||= before.hasInspector;
  if (flags.waits && isInFutex(target.pid, before.readings)) {
    return {
      reason:
        'its threads were not asked: it waits for a debugger (--inspect-brk, --inspect-wait), and would not take one any more after a session of guru',
    };
  }
  const opened = await openInspector(target, flags, signal);
  return 'reason' in opened ? { reason: `its threads were not asked: ${opened.reason}` } : opened;
}

/**
 * So it waits for the first debugger, and for the next step at a breakpoint. When the first session ends without having
 * started the program, Node ends its inspector, and waits for ever (seen on 20.20, 24.21 and 26.10).
 */
function isInFutex(pid: number, { threads }: ThreadReadings): boolean {
  const main = threads.find(({ tid }) => tid === pid);
  return main?.systemCall?.name === 'futex' || main?.waitChannel?.startsWith('futex') === true;
}

/** Why its threads are not asked, where the inspector is not to be used. */
export function doWithoutInspector(target: OutsideProcess): { reason: string } {
  const reason = 'its threads were not asked, as the inspector was not to be used';
  const stopped = whyStopped(target); // what it does cannot be understood without that
  return { reason: stopped === null ? reason : `${reason}; ${stopped}` };
}

/** Node opens its inspector only when it comes back from native code, after who knows how long. */
async function staysInNativeCode(tid: number, readNative: ReadMachineStack): Promise<boolean> {
  const stack = readNative(tid);
  if (!isUninterruptible(stack)) return false;
  await sleep(NATIVE_AGAIN_MS);
  return isSameStack(stack, readNative(tid));
}
