/**
 * The program of `inspector-guard.ts`. Usage: PID START-TICKS INODE,INODE,… It does nothing until its standard input
 * ends, and nothing at all if `closed` was written there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerWithin } from '../../../inspector/cdp.js';
import { readOwnTcpListeners } from '../../../os/linux/listening-sockets.js';
import { connectWebSocket } from '../../../inspector/websocket.js';
import { endInspector } from './end-inspector.js';
import { CLOSED } from './inspector-guard.js';
import { findInspectorUrl } from './inspector-http.js';
import { OutsideProcess } from './outside-process.js';

/** What the target is in may take hours; a process that waits for it for longer would be a nuisance of its own. */
const LIMIT_MS = 3600_000;
const LOOK_AGAIN_MS = 200;
/** After a while it is looked for less often. */
const LOOK_LATER_MS = 2000;
const SOON_MS = 60_000;
const ANSWER_MS = 2000;

const [pid, startTicks, inodes = ''] = process.argv.slice(2);
if ((await readInput()) !== CLOSED) await closeInspector(Number(pid), Number(startTicks), inodes.split(','));
process.exit(0);

async function readInput(): Promise<string> {
  let text = '';
  try {
    for await (const piece of process.stdin.setEncoding('utf8')) text += String(piece);
  } catch {
    // It ended with its writer.
  }
  return text;
}

async function closeInspector(pid: number, startTicks: number, known: readonly string[]): Promise<void> {
  const target = new OutsideProcess(pid); // throws, and so ends this, if it has ended
  const until = performance.now() + LIMIT_MS;
  while (performance.now() < until && target.startTicks === startTicks && target.isAlive) {
    if (await tryToClose(target, known)) return;
    await sleep(until - performance.now() > LIMIT_MS - SOON_MS ? LOOK_AGAIN_MS : LOOK_LATER_MS);
  }
}

async function tryToClose(target: OutsideProcess, known: readonly string[]): Promise<boolean> {
  for (const listener of readOwnTcpListeners(target.pid) ?? []) {
    if (known.includes(listener.inode)) continue;
    const url = await findInspectorUrl(listener, ANSWER_MS);
    if (url === null) continue;
    try {
      const cdp = await connectWebSocket(url, ANSWER_MS);
      // It is in native code still, perhaps: the request stays with it until it comes back.
      while (!(await endInspector(cdp, LIMIT_MS)) && target.isAlive)
        await answerWithin(cdp.closed, ANSWER_MS);
      return true;
    } catch {
      // It closed meanwhile, or answers later.
    }
  }
  return false;
}
