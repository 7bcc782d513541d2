import { readlinkSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import { makeReport } from '../generation/make-report.js';
import { createReporter, type ReportChange } from '../generation/reporter.js';
import type { Report, Trigger } from '../report/schema.js';
import { openStderr } from '../sinks/stderr.js';
import { watchFile } from '../triggers/file.js';
import { type SignalTrigger, receiveSignals } from '../triggers/signal.js';
import { MemoryCollector } from './collect-from-memory.js';
import type { FromSentinel, SentinelData, ToSentinel } from './protocol.js';
import { Deliveries } from './deliveries.js';
import { openReception } from './open-reception.js';
import { Rehearsal } from './rehearsal.js';
import { type MainThreadLink, RemoteMainThread } from './remote-main-thread.js';
import { SLOT } from './slots.js';

/**
 * How long a signal that the main thread has seen may take to show up here, ms. libuv's handler writes to the pipes of
 * all event loops in one go, so it is a matter of scheduling only.
 */
const SIGNAL_SETTLE_MS = 50;

/** The sentinel's program: takes triggers up and makes the reports. `signals` receives since before this was
 * loaded. */
export function runSentinel(port: MessagePort, data: SentinelData, signals: SignalTrigger): void {
  const { slots, facts } = data;
  let { settings, sections, lastConfiguration, since } = data;
  const post = (message: FromSentinel): void => port.postMessage(message);
  const stderr = openStderr();
  const link: MainThreadLink = {
    slots,
    post,
    onTaskDone: () => {},
    ownThreadId: threadId,
    lastRequestId: 0,
    inspectorProblem: facts.inspectorProblem,
    memory: new MemoryCollector(slots),
  };
  let mainThread: RemoteMainThread | null = null;
  const deliveries = new Deliveries();

  const make = async (trigger: Trigger, change?: ReportChange): Promise<Report> => {
    const access = (mainThread = new RemoteMainThread(link));
    try {
      const report = await makeReport(trigger, {
        settings: { ...settings, ...change?.settings },
        only: change?.only ?? null,
        facts,
        sections,
        mainThread: access,
        lastConfiguration,
        ownKind: 'sentinel',
        ownTid: readOwnTid(),
      });
      return report;
    } finally {
      access.close();
    }
  };
  const reporter = createReporter({
    settings: () => settings,
    make,
    stderr,
    onDue: (trigger) => post({ type: 'due', trigger }),
    onDelivered: (report, delivery) => deliveries.emit(report, delivery),
  });
  const desk = { settings: () => settings, sections: () => sections, reporter, deliveries };
  const reception = openReception(desk, facts.environment);
  const rehearsal = new Rehearsal(link.memory, () => settings);

  // Signals and files. The first signal trigger is there already.
  let signalProblem: string | null = null;
  let stopTriggers = [() => signals.stop()];
  let configured = false;
  const startTriggers = (signals: SignalTrigger): void => {
    const { fileEventHandler: path, fileEventHandlerInterval: interval, signal } = settings;
    signalProblem = signals.problem && `the sentinel cannot receive signals on this Node: ${signals.problem}`;
    signals.takeOver(() => {
      Atomics.add(slots, SLOT.SIGNALS_TAKEN, 1);
      reporter.request({ kind: 'signal', detail: signal, receivedBy: 'sentinel' });
    });
    stopTriggers.push(() => signals.stop());
    if (path === null) return;
    const onTouch = (): void => reporter.request({ kind: 'file', detail: path, receivedBy: 'sentinel' });
    const onProblem = (line: string): void => stderr.problem(line);
    stopTriggers.push(watchFile({ path, interval, onTouch, onProblem, since }));
  };
  const stopAllTriggers = (): void => {
    for (const stop of stopTriggers) stop();
    stopTriggers = [];
  };

  /** Takes up the signals that the main thread has seen and this thread has not. */
  const catchUp = (seenByMain: number, reason: string): void => {
    const missed = seenByMain - Atomics.load(slots, SLOT.SIGNALS_TAKEN);
    if (missed <= 0) return;
    Atomics.add(slots, SLOT.SIGNALS_TAKEN, missed);
    reporter.request({ kind: 'signal', detail: settings.signal, receivedBy: 'main', reason });
  };

  const receive = (message: ToSentinel): void => {
    switch (message.type) {
      case 'configure':
        configured = true;
        stopAllTriggers();
        settings = message.settings;
        since = Date.now();
        reporter.configure();
        reception.configure();
        startTriggers(receiveSignals(settings));
        post({ type: 'ready', signalProblem });
        break;
      case 'sections':
        sections = message.sections;
        break;
      case 'configuration':
        lastConfiguration = message.outcome;
        break;
      case 'signals-seen': {
        const { count } = message;
        if (signalProblem !== null) catchUp(count, signalProblem);
        else setTimeout(catchUp, SIGNAL_SETTLE_MS, count, 'it came before the sentinel was ready');
        break;
      }
      case 'generate': {
        const { requestId } = message;
        reporter.generate({ kind: 'api', receivedBy: 'sentinel' }).then(
          (report) => post({ type: 'generated', requestId, report }),
          (error: unknown) => post({ type: 'generate-failed', requestId, message: String(error) }),
        );
        break;
      }
      case 'task-done':
        link.onTaskDone(message.requestId, message.index, message.outcome);
        break;
      case 'exiting':
        mainThread?.close();
        break;
      case 'stop':
        mainThread?.close();
        stopAllTriggers();
        rehearsal.stop();
        reception.close();
        reporter.dispose();
        Atomics.store(slots, SLOT.STOPPED, 1);
        Atomics.notify(slots, SLOT.STOPPED);
        break;
    }
  };

  // What the main thread has said since (the sections, say) comes before the signals that came since.
  for (let queued = receiveMessageOnPort(port); queued; queued = receiveMessageOnPort(port)) {
    receive(queued.message as ToSentinel);
  }
  port.on('message', receive);
  if (!configured) startTriggers(signals);
  post({ type: 'ready', signalProblem });
}

function readOwnTid(): number | null {
  try {
    return Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1] ?? Number.NaN) || null;
  } catch {
    return null; // not Linux
  }
}
