import { closeSync, constants, openSync, utimesSync } from 'node:fs';
import { OPTION_RULES } from '../config/option-table.js';
import type { Settings } from '../config/options.js';
import { BUILT_IN_TITLES, FORCED_SNAPSHOT_MS } from '../generation/make-report.js';
import type { SectionEntry } from '../generation/main-thread-access.js';
import type { Reporter } from '../generation/reporter.js';
import {
  type Answer,
  BadRequest,
  type ConfiguredTrigger,
  type DumpOptions,
  type Request,
  type Status,
} from '../meeting/protocol.js';
import { type MeetingPoint, openMeetingPoint } from '../meeting/serve.js';
import { readStartTicks } from '../os/process-start.js';
import { describeSystemError } from '../os/system-error.js';
import { isSameName } from '../report/section-name.js';
import type { Deliveries } from './deliveries.js';

/** What a report may take beyond its deadline: another one that is under way, and a slow machine. */
const SPARE_MS = 10_000;
/** More names of sections than this nobody asks for. */
const MOST_NAMES = 100;

/** What the commands of `guru` are served with. */
export interface Desk {
  settings: () => Settings;
  sections: () => readonly SectionEntry[];
  reporter: Reporter;
  deliveries: Deliveries;
}

/** Opens the socket where commands find this process. @throws where there can be none */
export function receiveCommands(
  desk: Desk,
  uid: number,
  env: Readonly<Record<string, string>>,
): Promise<MeetingPoint> {
  const { pid } = process;
  const serve = serving(desk, new Date().toISOString());
  return openMeetingPoint({ env, uid, pid, startTicks: readStartTicks('self') ?? 0, serve });
}

type Answering = (answer: Answer) => void;

function serving(desk: Desk, upSince: string) {
  return async (request: Request, answer: Answering, gone: AbortSignal): Promise<void> => {
    switch (request.command) {
      case 'status':
        answer({ type: 'status', status: describeStatus(desk, upSince) });
        break;
      case 'dump':
        await dump(desk, request, answer);
        break;
      case 'trigger':
        await watchTrigger(desk, answer, gone);
        break;
      default:
        throw new BadRequest(`unknown command ${JSON.stringify((request as { command: unknown }).command)}`);
    }
  };
}

function describeStatus({ settings, sections }: Desk, upSince: string): Status {
  const { serviceName, logDir, format, ...others } = settings();
  const { deadline, minInterval, fileEventHandlerInterval, greenThreads, greenThreadsMaxHeap, maxPause } =
    others;
  return {
    pid: process.pid,
    serviceName,
    nodeVersion: process.version,
    trigger: triggerOf(settings()),
    logDir,
    format,
    upSince,
    settings: {
      deadline,
      minInterval,
      fileEventHandlerInterval,
      greenThreads,
      greenThreadsMaxHeap,
      maxPause,
    },
    sections: titlesOf(greenThreads, sections()),
  };
}

function triggerOf({ fileEventHandler, signal }: Settings): ConfiguredTrigger {
  return fileEventHandler === null ? { kind: 'signal', signal } : { kind: 'file', path: fileEventHandler };
}

function titlesOf(mode: Settings['greenThreads'], sections: readonly SectionEntry[]): string[] {
  const builtIn = BUILT_IN_TITLES.filter((title) => mode !== 'off' || title !== 'Green Threads');
  return [...builtIn, ...sections.map(({ title }) => title)];
}

async function dump(
  { settings, sections, reporter }: Desk,
  options: DumpOptions,
  answer: Answering,
): Promise<void> {
  const changed: { greenThreads?: Settings['greenThreads']; maxPause?: number } = {};
  for (const option of ['greenThreads', 'maxPause'] as const) {
    const value = options[option];
    if (value === undefined || value === null) continue;
    const parsed = OPTION_RULES[option].parse(value);
    if (!parsed.ok) throw new BadRequest(`${option}: ${parsed.reason}`);
    Object.assign(changed, { [option]: parsed.value });
  }
  const mode = changed.greenThreads ?? settings().greenThreads;
  const only = checkNames(options.sections, titlesOf(mode, sections()));
  answer({ type: 'accepted', withinMs: reportMs(settings(), mode) });
  const report = await reporter.generate(
    { kind: 'cli', detail: 'guru dump', receivedBy: 'sentinel' },
    { settings: changed, only },
  );
  answer({ type: 'report', report });
}

function reportMs({ deadline }: Settings, mode: Settings['greenThreads']): number {
  return (mode === 'snapshot' ? FORCED_SNAPSHOT_MS : deadline * 1000) + SPARE_MS;
}

function checkNames(names: unknown, titles: readonly string[]): string[] | null {
  if (names === undefined || names === null) return null;
  if (!Array.isArray(names) || names.length > MOST_NAMES)
    throw new BadRequest('sections must be a short list of names');
  for (const name of names) {
    // The kinds of built-in sections are their titles in another spelling.
    if (!titles.some((title) => isSameName(title, String(name)))) {
      throw new BadRequest(`there is no section ${JSON.stringify(name)}; there is ${titles.join(', ')}`);
    }
  }
  return names.map(String);
}

/** Tells of the first report that was begun after the request, and touches the file if that is the trigger. */
async function watchTrigger(
  { settings, deliveries }: Desk,
  answer: Answering,
  gone: AbortSignal,
): Promise<void> {
  const now = settings();
  const trigger = triggerOf(now);
  const since = Date.now();
  const delivered = new Promise<void>((resolve) => {
    const stop = deliveries.listen((report, delivery) => {
      if (Date.parse(report.generatedAt) < since) return;
      stop();
      answer({ type: 'delivered', generatedAt: report.generatedAt, trigger: report.trigger, delivery });
      resolve();
    });
    gone.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
  const intervals = now.minInterval + (trigger.kind === 'file' ? now.fileEventHandlerInterval : 0);
  answer({ type: 'accepted', withinMs: reportMs(now, now.greenThreads) + intervals * 1000, trigger });
  if (trigger.kind === 'file') touch(trigger.path);
  await delivered;
}

function touch(path: string): void {
  try {
    const now = new Date();
    // Created if it is missing; O_NONBLOCK, as it may be no file after all, but a FIFO that nobody reads.
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK, 0o600));
    utimesSync(path, now, now);
  } catch (error) {
    const reason = describeSystemError(error);
    throw new Error(`it may not touch its trigger file ${path} itself: ${reason}`, { cause: error });
  }
}
