import { answerWithin } from '../inspector/cdp.js';
import { type FunctionNames, readThreadStarts } from '../os/linux/thread-starts.js';
import { readThreads } from '../os/threads.js';
import { createMasker, maskReport, type Masker } from '../report/mask.js';
import { isSectionNamed } from '../report/section-name.js';
import {
  type ConfigurationModel,
  type Report,
  SCHEMA_VERSION,
  type Section,
  type SectionKind,
  type SectionOf,
  type Trigger,
} from '../report/schema.js';
import type { Settings } from '../config/options.js';
import { describePackage, type ProcessFacts } from '../sections/package.js';
import { describeGreenThreads } from '../sections/green-threads.js';
import { collectProcesses } from '../sections/processes.js';
import type { SectionResult } from '../sections/section-result.js';
import { describeThreads } from '../sections/threads.js';
import { assignSection, fillSection, roundMs } from './fill-section.js';
import {
  CONFIGURATION_ID,
  type MainThreadAccess,
  type SectionEntry,
  type Task,
  type TaskOutcome,
} from './main-thread-access.js';
import { renderOwnViews } from './own-views.js';

/** What a report is made from and for whom. */
export interface ReportInput {
  settings: Settings;
  facts: ProcessFacts;
  /** The sections that the program registered, in their order. */
  sections: readonly SectionEntry[];
  /** Titles or kinds of the sections that are wanted; the others are not begun. `null`: all. */
  only?: readonly string[] | null;
  mainThread: MainThreadAccess;
  /** The Configuration section as it was earlier: shown when the main thread cannot be asked. */
  lastConfiguration: TaskOutcome | null;
  /** The kind of the thread that this runs in, and the operating system's id of it, where that is known. */
  ownKind: 'main' | 'sentinel';
  ownTid: number | null;
}

/** Of this process's threads, so that the executable's symbols are read once: 4 to 12 ms. */
const FUNCTION_NAMES: FunctionNames = new Map();

/** The titles of the sections that every report has, in its order. */
export const BUILT_IN_TITLES = ['Package', 'Threads', 'Green Threads', 'Processes', 'Configuration'] as const;

/** What of the deadline is kept back for putting the report together, ms. */
const ASSEMBLY_MS = 250;

/** The deadline where `greenThreads: 'snapshot'` asks for snapshots whatever they cost, ms. */
export const FORCED_SNAPSHOT_MS = 300_000;

/** What of the deadline the main thread's sections may take. */
const TASKS_SHARE = 0.6;

/**
 * Makes a report: all sections side by side, each at its own risk, masked before anything else sees it. Never rejects,
 * and resolves within the deadline as far as this thread runs at all.
 */
export async function makeReport(trigger: Trigger, input: ReportInput): Promise<Report> {
  const { settings, facts, mainThread } = input;
  const started = performance.now();
  const deadlineMs = settings.deadline * 1000;
  const report: Report = {
    schemaVersion: SCHEMA_VERSION,
    title: 'Guru Meditation',
    generatedAt: new Date().toISOString(),
    trigger,
    process: {
      pid: process.pid,
      serviceName: settings.serviceName,
      hostname: facts.hostname,
      nodeVersion: process.version,
    },
    timings: { totalMs: 0, mainThreadPauseMs: 0 },
    sections: [],
  };

  // 1. Each section's place, until it is filled: what the report says of those that are not ready by the deadline.
  const late = {
    status: 'timeout',
    reason: `not ready within the deadline of ${settings.deadline} s`,
  } as const;
  const place = <K extends SectionKind>(kind: K, title: string): SectionOf<K> | null => {
    if (!isWanted(input, kind, title)) return null;
    const section = { title, kind, ...late, durationMs: deadlineMs, model: null };
    report.sections.push(section as unknown as Section);
    return section;
  };
  const packageSection = place('package', 'Package');
  const threads = place('threads', 'Threads');
  const greenThreads = settings.greenThreads === 'off' ? null : place('greenThreads', 'Green Threads');
  const processes = place('processes', 'Processes');
  const configuration = place('configuration', 'Configuration');
  const entries = input.sections.filter(({ title }) => isWanted(input, 'custom', title));
  const registered = entries.map(({ title }) => place('custom', title));

  // 2. The kernel first: asking a thread anything changes what it does.
  const before = readThreads('self');

  // 3. What needs the main thread, and meanwhile what does not.
  let heldMs: number | null = 0;
  const held = (ms: number | null): void => {
    heldMs = heldMs === null || ms === null ? null : heldMs + ms;
  };
  const captureThreads = async (): Promise<void> => {
    const captured = await mainThread.captureThreads();
    const main = captured.threads.find((thread) => thread.kind === 'main')?.reading;
    held(main?.outcome === 'answered' ? main.stack.heldMs : main?.outcome === 'silent' ? null : 0);
    if (threads === null) return;
    const isSilent = captured.threads.some(({ reading }) => reading.outcome === 'silent');
    const readStack = isSilent ? await mainThread.openMachineStacks() : null;
    fillSection(threads, started, () =>
      describeThreads({
        pid: process.pid,
        readStack,
        capture: captured,
        before,
        after: readThreads('self'),
        starts: readThreadStarts(
          'self',
          before.threads.map(({ tid }) => tid),
          FUNCTION_NAMES,
        ),
        facts,
        ownKind: input.ownKind,
        ownTid: input.ownTid,
      }),
    );
  };
  const capture = threads === null && greenThreads === null ? Promise.resolve() : captureThreads();
  const ids = entries.map(({ id }) => id);
  const tasks: Task[] = (configuration === null ? ids : [CONFIGURATION_ID, ...ids]).map((sectionId) => ({
    kind: 'model',
    sectionId,
  }));
  const tasksBudget = Math.max(1, deadlineMs * TASKS_SHARE - ASSEMBLY_MS);
  const answers = mainThread.runTasks(tasks, tasksBudget).then((outcomes) => {
    const ms = performance.now() - started;
    const [configured, ...models] = configuration === null ? [undefined, ...outcomes] : outcomes;
    if (configured) held(configured.heldMs);
    if (configuration !== null)
      assignSection(configuration, ms, toConfiguration(configured, input.lastConfiguration));
    for (const [index, section] of registered.entries()) {
      const outcome = models[index];
      if (!outcome || section === null) continue;
      held(outcome.heldMs);
      assignSection(section, ms, withReason(outcome.status, outcome.reason, outcome.value));
    }
  });
  fillSection(packageSection, performance.now(), () => ({
    status: 'ok',
    model: describePackage(settings.package, facts),
  }));
  fillSection(processes, performance.now(), () => collectProcesses('self'));

  // 4. Green threads last: each thread is stopped for its snapshot, and would answer nothing else.
  const stacks = Promise.allSettled([capture, answers]).then(async () => {
    if (greenThreads === null) return;
    const since = performance.now();
    const forced = settings.greenThreads === 'snapshot';
    const collected = await mainThread.collectStacks({
      from: settings.greenThreads === 'off' ? 'auto' : settings.greenThreads,
      maxPauseMs: settings.maxPause * 1000,
      maxHeap: forced ? null : settings.greenThreadsMaxHeap * 1e6,
      timeoutMs: (forced ? FORCED_SNAPSHOT_MS : deadlineMs) - ASSEMBLY_MS - (since - started),
    });
    for (const { threadId, collected: result } of collected.threads)
      if (threadId === 0 && result.outcome === 'collected') held(result.heldMs);
    fillSection(greenThreads, since, () => describeGreenThreads(collected, facts));
  });

  // 5. All of it, or what there is.
  const untilMs = settings.greenThreads === 'snapshot' ? FORCED_SNAPSHOT_MS : deadlineMs;
  await answerWithin(Promise.allSettled([capture, answers, stacks]), untilMs - ASSEMBLY_MS);

  // 6. Mask, then let the sections' own views see what is left.
  const masker = createMasker(settings.mask);
  let masked = maskedOrNothing(report, masker);
  const left = untilMs - (performance.now() - started);
  const rendered = await renderOwnViews(masked.sections, entries, mainThread, left, held);
  if (rendered) masked = maskedOrNothing(masked, masker);
  mainThread.close();
  masked.timings = {
    totalMs: roundMs(performance.now() - started),
    mainThreadPauseMs: heldMs === null ? null : roundMs(heldMs),
  };
  return masked;
}

/** Nothing leaves unmasked: if masking itself fails, the sections' content is withheld. */
function maskedOrNothing(report: Report, masker: Masker): Report {
  try {
    return maskReport(report, masker);
  } catch (error) {
    const reason = `withheld, as masking failed: ${error instanceof Error ? error.message : String(error)}`;
    const sections = report.sections.map((section) => ({
      ...section,
      status: 'failed',
      reason,
      model: null,
    }));
    return { ...report, sections: sections as Section[] };
  }
}

function isWanted({ only = null }: ReportInput, kind: SectionKind, title: string): boolean {
  return only === null || only.some((name) => isSectionNamed({ kind, title }, name));
}

/** The Configuration section from the main thread's answer, or, if there is none, from an earlier one. */
function toConfiguration(
  answer: TaskOutcome | undefined,
  earlier: TaskOutcome | null,
): SectionResult<'configuration'> {
  const groupsOf = (outcome: TaskOutcome): ConfigurationModel =>
    ({
      groups: (outcome.value as { groups: ConfigurationModel['groups'] }).groups,
    }) satisfies ConfigurationModel;
  if (answer && answer.value !== null) {
    const notes = (answer.value as { notes?: string[] }).notes ?? [];
    const reasons = answer.reason === undefined ? notes : [answer.reason, ...notes];
    return withReason(reasons.length > 0 ? 'partial' : 'ok', reasons.join('; '), groupsOf(answer));
  }
  const why = answer?.reason ?? 'the main thread gave no answer';
  if (earlier === null || earlier.value === null) return withReason(answer?.status ?? 'failed', why, null);
  return withReason('partial', `${why}; these are the values as they were earlier`, groupsOf(earlier));
}

function withReason<K extends SectionKind>(
  status: SectionOf<K>['status'],
  reason: string | undefined,
  model: SectionResult<K>['model'],
): SectionResult<K> {
  return status === 'ok' ? { status, model } : { status, reason: reason || 'no reason was given', model };
}
