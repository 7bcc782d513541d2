import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MaskOptions } from '../../../report/mask.js';
import { createMasker, maskReport } from '../../../report/mask.js';
import {
  type Report,
  SCHEMA_VERSION,
  type Section,
  type SectionKind,
  type SectionOf,
} from '../../../report/schema.js';
import type { ReadMachineStack } from '../../../inspector/capture-threads.js';
import { answerWithin, type Cdp, evaluate, NO_ANSWER } from '../../../inspector/cdp.js';
import { splitNodeOptions } from '../../../config/node-options.js';
import { describeGreenThreads } from '../../../sections/green-threads.js';
import type { ProcessFacts } from '../../../sections/package.js';
import { collectProcesses } from '../../../sections/processes.js';
import type { SectionResult } from '../../../sections/section-result.js';
import { learnTarget, type TargetNode } from './calibration.js';
import { inspectorFlags } from './command-line.js';
import { describeOutsideConfiguration } from './configuration.js';
import { stacksFromMemory, stacksFromSnapshots } from './green-threads.js';
import { untilInterrupted } from './interruption.js';
import { isSameStack, isUninterruptible } from './native-stacks.js';
import { readNativeStacks } from '../../../v8/read-native-stacks.js';
import { type OpenInspector, openInspector, whyStopped } from './open-inspector.js';
import { type AskedFacts, describeOutsidePackage, readOwnFacts } from './package.js';
import { Target } from './target.js';
import {
  type CapturedThreads,
  captureSilently,
  captureThroughInspector,
  describeOutsideThreads,
  readThreadsBefore,
} from './threads.js';

/** How a process that is not set up is to be reported. All are optional. */
export interface OutsideOptions {
  /** Nothing is injected into the process, and no thread held up: memory and `/proc` only. */
  noInspector?: boolean | undefined;
  /** Default: `memory`. */
  greenThreads?: 'memory' | 'snapshot' | 'off' | undefined;
  /** Seconds that a thread may be held up for; 0: none is. Default: 0.02. */
  maxPause?: number | undefined;
  /** Seconds that all of it may take; heap snapshots have 300. Default: 10. */
  deadline?: number | undefined;
  /** The kinds of sections that are made. Default: all. */
  kinds?: readonly SectionKind[] | undefined;
  /** What is masked besides that which is always masked. */
  mask?: MaskOptions | undefined;
  /** Names of environment variables whose values may be shown, besides the harmless ones. */
  environment?: readonly (string | RegExp)[] | undefined;
  /** Of the report's trigger. Default: `guru dump`. */
  detail?: string | undefined;
}

const DEFAULT_PAUSE_S = 0.02;
const DEFAULT_DEADLINE_S = 10;
const SNAPSHOT_DEADLINE_S = 300;
/** How far apart a thread is looked at twice, to see whether it stays in its native code, ms. */
const NATIVE_AGAIN_MS = 50;
const FACTS_MS = 1000;

/**
 * Makes a report of a process of this machine that is not set up for it. It is not stopped, and nothing is left in it: if
 * its inspector is opened for this, by SIGUSR1, it is closed again, whatever happens to this process meanwhile. A section
 * that cannot be had says what is missing.
 *
 * @param signal ends it early, once the inspector is closed. SIGINT, SIGTERM and SIGHUP do so too, and then have their way.
 * @throws {GuruError} ERR_GURU_TARGET: there is no such process, or it ended meanwhile
 */
export async function dumpFromOutside(
  pid: number,
  options: OutsideOptions = {},
  signal?: AbortSignal,
): Promise<Report> {
  const target = new Target(pid);
  const report = await untilInterrupted(signal, (interrupted) =>
    new OutsideReport(target, options, interrupted).make(),
  );
  target.assertAlive();
  return report;
}

class OutsideReport {
  readonly #target: Target;
  readonly #options: OutsideOptions;
  readonly #signal: AbortSignal;
  readonly #started = performance.now();
  readonly #sections: Section[] = [];
  #heldMs: number | null = 0;

  constructor(target: Target, options: OutsideOptions, signal: AbortSignal) {
    this.#target = target;
    this.#options = options;
    this.#signal = signal;
  }

  async make(): Promise<Report> {
    const target = this.#target;
    const generatedAt = new Date().toISOString();
    const { mask, detail = 'guru dump' } = this.#options;

    // 1. The kernel first: asking a thread anything changes what it does.
    const before = readThreadsBefore(target.pid);
    const command = target.splitCommand();
    const environment = target.readEnvironment();
    const facts: ProcessFacts = {
      hostname: hostname(),
      mainScript: command.script,
      argv: target.readCommand(),
      execArgv: command.execArgv,
      environment: 'value' in environment ? environment.value : {},
      inspectorProblem: null,
      startedAt: target.startedAt,
      root: target.root,
    };

    // 2. What its memory looks like.
    const node = await learnTarget(target);
    const nodeMajor = Number(node.version?.node.split('.')[0] ?? 0);
    const readNative = 'reason' in node.known ? node.known : readNativeStacks(node.known);
    this.#signal.throwIfAborted();

    // 3. All that needs its threads, and then its inspector is closed again.
    let asked: AskedFacts | null = null;
    const [threads, greenThreads] = [this.#place('threads', 'Threads'), this.#greenPlace()];
    if (threads !== null || greenThreads !== null) {
      const inspector = await this.#openInspector(facts, before.hasInspector, node, readNative);
      let captured: CapturedThreads;
      try {
        if ('reason' in inspector) {
          captured = captureSilently(target, before, nodeMajor, facts, readNative, inspector.reason);
        } else {
          captured = await captureThroughInspector(target, inspector.cdp);
          asked = await askFacts(inspector);
        }
        this.#addHeld(captured);
        this.#signal.throwIfAborted();
        if (threads !== null) {
          this.#fill(threads, () =>
            describeOutsideThreads(target, captured, before, nodeMajor, facts, readNative),
          );
        }
        if (greenThreads !== null) await this.#fillGreenThreads(greenThreads, captured, node, facts);
      } catch (error) {
        target.assertAlive(); // what has failed then says nothing of its own
        throw error;
      } finally {
        const problem = 'reason' in inspector ? null : await inspector.close();
        if (problem !== null && threads !== null) addReason(threads, problem);
      }
      this.#signal.throwIfAborted();
    }

    // 4. What can be read at any time.
    const software = describeOutsidePackage(target, command, facts, asked, node);
    this.#fill(this.#place('package', 'Package'), () => software.section);
    this.#fill(this.#place('processes', 'Processes'), () => collectProcesses(target.pid));
    const argv = asked?.argv ?? [
      facts.argv[0] ?? '',
      ...(command.script === null ? [] : [command.script]),
      ...command.args,
    ];
    this.#fill(this.#place('configuration', 'Configuration'), () =>
      describeOutsideConfiguration(
        target,
        { argv, execArgv: asked?.execArgv ?? command.execArgv },
        environment,
        this.#options.environment ?? [],
      ),
    );

    // 5. Masked, before anybody sees it.
    const report: Report = {
      schemaVersion: SCHEMA_VERSION,
      title: 'Guru Meditation',
      generatedAt,
      trigger: { kind: 'cli', detail, receivedBy: 'outside' },
      process: {
        pid: target.pid,
        serviceName: software.serviceName,
        hostname: asked?.hostname ?? facts.hostname,
        nodeVersion: software.nodeVersion,
      },
      timings: { totalMs: 0, mainThreadPauseMs: 0 },
      sections: ORDER.flatMap((kind) => this.#sections.filter((section) => section.kind === kind)),
    };
    const masked = maskReport(report, createMasker(mask));
    masked.timings = {
      totalMs: round(performance.now() - this.#started),
      mainThreadPauseMs: this.#heldMs === null ? null : round(this.#heldMs),
    };
    return masked;
  }

  async #openInspector(
    facts: ProcessFacts,
    hasInspector: boolean,
    { version }: TargetNode,
    readNative: ReadMachineStack | { reason: string },
  ): Promise<OpenInspector | { reason: string }> {
    const { pid } = this.#target;
    if (this.#options.noInspector === true)
      return { reason: 'its threads were not asked, as the inspector was not to be used' };
    // A build without what debuggers are to know of V8, at least by its name: SIGUSR1 means other things to other programs.
    const exe = this.#target.readExe();
    if (version === null && 'value' in exe && !/\/node(?:js)?[\d.]*(?: \(deleted\))?$/.test(exe.value))
      return { reason: 'its threads were not asked, as it is not seen to run Node' };
    const stopped = whyStopped(this.#target); // wherever it happened to be then
    if (stopped !== null) return { reason: `its threads were not asked: ${stopped}` };
    if (typeof readNative === 'function') {
      // Node opens the inspector only when it comes back from native code, after who knows how long.
      const stack = readNative(pid);
      if (isUninterruptible(stack)) {
        await sleep(NATIVE_AGAIN_MS);
        if (isSameStack(stack, readNative(pid)))
          return { reason: 'its main thread is in native code, where it can be asked nothing' };
      }
    }
    const flags = inspectorFlags([
      ...splitNodeOptions(facts.environment['NODE_OPTIONS'] ?? ''),
      ...facts.execArgv,
    ]);
    flags.isOpen ||= hasInspector;
    const opened = await openInspector(this.#target, flags, this.#signal);
    return 'reason' in opened ? { reason: `its threads were not asked: ${opened.reason}` } : opened;
  }

  async #fillGreenThreads(
    section: SectionOf<'greenThreads'>,
    captured: CapturedThreads,
    { known }: TargetNode,
    facts: ProcessFacts,
  ): Promise<void> {
    const since = performance.now();
    const result = await this.#collectStacks(captured, known);
    if ('reason' in result) {
      assign(section, performance.now() - since, { status: 'skipped', reason: result.reason, model: null });
      return;
    }
    this.#fill(section, () => describeGreenThreads(result, facts), since);
  }

  #collectStacks(
    { threads }: CapturedThreads,
    known: TargetNode['known'],
  ): ReturnType<typeof stacksFromMemory> {
    const { greenThreads, maxPause = DEFAULT_PAUSE_S, deadline = DEFAULT_DEADLINE_S } = this.#options;
    const onHeld = ({ thread }: CapturedThreads['threads'][number], ms: number | null): void => {
      if (thread.kind === 'main') this.#held(ms);
    };
    if (greenThreads === 'snapshot')
      return stacksFromSnapshots(threads, { deadline: this.#started + SNAPSHOT_DEADLINE_S * 1000, onHeld });
    if ('reason' in known) return Promise.resolve(known);
    return stacksFromMemory(known, threads, {
      maxPauseMs: maxPause * 1000,
      deadline: this.#started + deadline * 1000,
      onHeld,
    });
  }

  /** The place of a section, until it is filled; `null` if it is not wanted. */
  #place<K extends SectionKind>(kind: K, title: string): SectionOf<K> | null {
    const { kinds } = this.#options;
    if (kinds !== undefined && !kinds.includes(kind)) return null;
    const section = { title, kind, status: 'failed', reason: 'not made', durationMs: 0, model: null };
    this.#sections.push(section as unknown as Section);
    return section as unknown as SectionOf<K>;
  }

  #greenPlace(): SectionOf<'greenThreads'> | null {
    return this.#options.greenThreads === 'off' ? null : this.#place('greenThreads', 'Green Threads');
  }

  #fill<K extends SectionKind>(
    section: SectionOf<K> | null,
    generate: () => SectionResult<K>,
    since = performance.now(),
  ): void {
    if (section === null) return;
    let result: SectionResult<K>;
    try {
      result = generate();
    } catch (error) {
      // A fault of ours, or an end of the process: it costs the section, not the report.
      const reason = `could not be made: ${error instanceof Error ? error.message : String(error)}`;
      result = { status: 'failed', reason, model: null };
    }
    assign(section, performance.now() - since, result);
  }

  #addHeld({ threads, silently }: CapturedThreads): void {
    const reading = threads.find(({ thread }) => thread.kind === 'main')?.thread.reading;
    if (silently) return;
    this.#held(reading?.outcome === 'answered' ? reading.stack.heldMs : null);
  }

  #held(ms: number | null): void {
    this.#heldMs = this.#heldMs === null || ms === null ? null : this.#heldMs + ms;
  }
}

const ORDER: readonly SectionKind[] = ['package', 'threads', 'greenThreads', 'processes', 'configuration'];

async function askFacts({ cdp, answers }: { cdp: Cdp; answers: boolean }): Promise<AskedFacts | null> {
  if (!answers) return null;
  try {
    const expression = `(${readOwnFacts.toString()})()\n//# sourceURL=guru-meditation:facts`;
    const facts = await answerWithin(evaluate(cdp, expression, FACTS_MS), FACTS_MS);
    return facts === NO_ANSWER ? null : (facts as AskedFacts);
  } catch {
    return null; // the command line says nearly the same
  }
}

function assign<K extends SectionKind>(
  section: SectionOf<K>,
  durationMs: number,
  result: SectionResult<K>,
): void {
  section.status = result.status;
  section.durationMs = round(durationMs);
  section.model = result.model;
  if (result.reason === undefined) delete section.reason;
  else section.reason = result.reason;
}

function addReason(section: { status: Section['status']; reason?: string }, problem: string): void {
  if (section.status === 'ok') section.status = 'partial';
  section.reason = section.reason === undefined ? problem : `${section.reason}; ${problem}`;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
