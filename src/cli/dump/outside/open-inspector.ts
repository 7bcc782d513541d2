import { setTimeout as sleep } from 'node:timers/promises';
import { answerWithin, evaluate, NO_ANSWER } from '../../../inspector/cdp.js';
import { connectWebSocket, type WebSocketCdp } from '../../../inspector/websocket.js';
import {
  readOwnTcpListeners,
  readTcpListeners,
  type TcpListener,
} from '../../../os/linux/listening-sockets.js';
import { dispositionOf, readProcessStatus } from '../../../os/linux/process-status.js';
import { describeSystemError } from '../../../os/system-error.js';
import { explainRefusal } from '../../target/permission.js';
import type { InspectorFlags } from './inspector-flags.js';
import { endInspector } from './end-inspector.js';
import { startGuard } from './inspector-guard.js';
import { findInspectorUrl } from './inspector-http.js';
import type { OutsideProcess } from './outside-process.js';

/** The inspector of another process, for as long as a report needs it. */
export interface OpenInspector {
  cdp: WebSocketCdp;
  /** It was open before we came, and stays so. */
  wasOpen: boolean;
  /** `false`: the main thread takes no interrupts. */
  answers: boolean;
  /** Closes what was opened. One line, if it cannot be closed yet. Idempotent; never rejects. */
  close(): Promise<string | null>;
}

/** How long a process gets to open its inspector, ms. Seen: 5 to 40; 480 in the midst of a `JSON.stringify` (26.10). */
const OPENS_MS = 3000;
/** Its HTTP server has a thread of its own. */
const HTTP_MS = 1000;
const VERIFY_MS = 1000;
const CLOSE_MS = 1000;
const LOOK_AGAIN_MS = 10;
/** Another report of another process may have it for a moment. */
const PORT_FREE_MS = 3000;

/**
 * Opens a session of the inspector of a process: that which is open already, or else one that it is made to open, by
 * SIGUSR1. Node then prints two lines to its stderr (`Debugger listening on …`, `For help, see: …`), and
 * `Debugger attached.` for each session.
 *
 * @returns `reason`, in one line, where there is none to be had
 */
export async function openInspector(
  target: OutsideProcess,
  flags: InspectorFlags,
  signal: AbortSignal,
): Promise<OpenInspector | { reason: string }> {
  const before = readOwnTcpListeners(target.pid);
  if (before === null)
    return { reason: `which sockets it has cannot be read: ${explainRefusal(target, 'read')}` };
  if (target.sharesNamespace('net') === false) {
    return {
      reason: `it is in another network namespace (a container?), where its inspector cannot be reached: run guru in there, or nsenter --target ${target.pid} --net guru …`,
    };
  }

  // 1. One that is open already. Servers of the application get a request only where it is open on some port.
  for (const listener of candidates(before, flags)) {
    const url = await findInspectorUrl(listener, HTTP_MS);
    if (url !== null) return await connect(target, url, null);
  }

  // 2. One that it opens for us.
  const refusal = whyNotToSignal(target) ?? (await waitForPort(target, flags.port, before));
  if (refusal !== null) return { reason: refusal };
  signal.throwIfAborted();
  target.assertAlive();
  const known = before.map(({ inode }) => inode);
  const guard = startGuard(target, known);
  try {
    process.kill(target.pid, 'SIGUSR1');
  } catch (error) {
    guard.dismiss();
    target.assertAlive();
    return {
      reason: `it cannot be signalled (${describeSystemError(error)}): ${explainRefusal(target, 'signal')}`,
    };
  }
  let url: string | null = null;
  const until = performance.now() + OPENS_MS;
  while (url === null && performance.now() < until && target.isAlive && !signal.aborted) {
    await sleep(LOOK_AGAIN_MS);
    for (const listener of newListeners(target, known)) url ??= await findInspectorUrl(listener, HTTP_MS);
  }
  if (url === null) {
    guard.takeOver();
    target.assertAlive();
    signal.throwIfAborted();
    return {
      reason: `it did not open its inspector within ${OPENS_MS} ms: it is in native code, or handles SIGUSR1 by itself; should it open it later, it will be closed again`,
    };
  }
  try {
    return await connect(target, url, { guard, known });
  } catch (error) {
    guard.takeOver();
    throw error;
  }
}

/** What may be the inspector, the likeliest first: it is on the port that was said, or else on the loopback interface. */
function candidates(listeners: readonly TcpListener[], { isOpen, port }: InspectorFlags): TcpListener[] {
  const rank = (one: TcpListener): number =>
    one.port === port ? 0 : /^(?:127\.|::1$)/.test(one.host) ? 1 : 2;
  return listeners.filter((one) => isOpen || one.port === port).sort((a, b) => rank(a) - rank(b));
}

interface OpenedByUs {
  guard: ReturnType<typeof startGuard>;
  known: readonly string[];
}

async function connect(
  target: OutsideProcess,
  url: string,
  opened: OpenedByUs | null,
): Promise<OpenInspector | { reason: string }> {
  let cdp: WebSocketCdp;
  try {
    cdp = await connectWebSocket(url, HTTP_MS);
  } catch (error) {
    opened?.guard.takeOver();
    target.assertAlive();
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  let closing: Promise<string | null> | null = null;
  const close = (): Promise<string | null> => (closing ??= closeSession(target, cdp, opened));
  // At its exit Node waits for sessions to be closed, and says so. (If it refuses the request, it waits for ours at most.)
  cdp.on('NodeRuntime.waitingForDisconnect', () => cdp.close());
  cdp.post('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }).catch(() => {});
  try {
    const pid = await answerWithin(evaluate(cdp, 'process.pid', VERIFY_MS), VERIFY_MS);
    if (pid !== NO_ANSWER && pid !== target.innerPid) {
      // Not by the guard either: it belongs to somebody else.
      opened?.guard.dismiss();
      cdp.close();
      return { reason: `the inspector at ${url} is that of process ${String(pid)}` };
    }
    return { cdp, wasOpen: opened === null, answers: pid !== NO_ANSWER, close };
  } catch (error) {
    const problem = await close();
    target.assertAlive();
    const said = error instanceof Error ? error.message : String(error);
    return { reason: problem === null ? said : `${said}; ${problem}` };
  }
}

async function closeSession(
  target: OutsideProcess,
  cdp: WebSocketCdp,
  opened: OpenedByUs | null,
): Promise<string | null> {
  if (opened === null) {
    cdp.close();
    await cdp.closed;
    return null;
  }
  const ended = await endInspector(cdp, CLOSE_MS);
  if (ended && (newListeners(target, opened.known).length === 0 || !target.isAlive)) {
    opened.guard.dismiss();
    return null;
  }
  cdp.close();
  opened.guard.takeOver();
  return 'its inspector is still open, as its main thread does not answer; it will be closed when it does';
}

function newListeners(target: OutsideProcess, known: readonly string[]): TcpListener[] {
  return (readOwnTcpListeners(target.pid) ?? []).filter(({ inode }) => !known.includes(inode));
}

/** One line if no thread of it runs, so that none can answer; else `null`. */
export function whyStopped({ state, pid }: OutsideProcess): string | null {
  return state === 'T' || state === 't'
    ? `it is stopped (state ${state}), by a signal or a debugger: it can do nothing until it goes on (kill -CONT ${pid})`
    : null;
}

function whyNotToSignal(target: OutsideProcess): string | null {
  const stopped = whyStopped(target);
  if (stopped !== null) return stopped;
  const status = readProcessStatus(target.pid);
  const effect = status === null ? 'caught' : dispositionOf(status, 'SIGUSR1'); // one that has ended is noticed right after
  if (effect !== 'caught')
    return `SIGUSR1 ${effect === 'ignored' ? 'is ignored' : 'would end it, as it has no handler'}: Node was told not to open its inspector (--disable-sigusr1, the permission model)`;
  return null;
}

/** `null` once the port on which Node would open its inspector is free; one line if it stays taken. */
async function waitForPort(
  target: OutsideProcess,
  port: number | null,
  own: readonly TcpListener[],
): Promise<string | null> {
  if (port === null) return null;
  const until = performance.now() + PORT_FREE_MS;
  for (;;) {
    const taken = readTcpListeners(target.pid).find((listener) => listener.port === port);
    if (taken === undefined) return null;
    const isOwn = own.some(({ inode }) => inode === taken.inode);
    if (isOwn || performance.now() > until) {
      const whose = isOwn ? 'this process itself, not by its inspector' : 'another process';
      return `port ${port}, on which Node opens the inspector, is in use by ${whose}: it could not be opened`;
    }
    await sleep(50);
  }
}
