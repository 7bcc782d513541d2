import { hostname } from 'node:os';
import { addReason, assignSection, fillSection, roundMs } from '../../../generation/fill-section.js';
import { createMasker, maskReport } from '../../../report/mask.js';
import {
  type Report,
  SCHEMA_VERSION,
  type Section,
  type SectionKind,
  type SectionOf,
} from '../../../report/schema.js';
import { describeGreenThreads } from '../../../sections/green-threads.js';
import type { ProcessFacts } from '../../../sections/package.js';
import { collectProcesses } from '../../../sections/processes.js';
import { readNativeStacks } from '../../../v8/read-native-stacks.js';
import type { Identity } from '../../target/identity.js';
import { type AskedFacts, askFacts } from './asked-facts.js';
import { learnTarget, type TargetNode } from './calibration.js';
import { describeOutsideConfiguration } from './configuration.js';
import { stacksFromMemory, stacksFromSnapshots } from './green-threads.js';
import { untilInterrupted } from './interruption.js';
import type { OutsideOptions } from './options.js';
import { OutsideProcess } from './outside-process.js';
import { describeOutsidePackage } from './package.js';
import { doWithoutInspector, reachThreads } from './reach-threads.js';
import {
  type CapturedThreads,
  captureSilently,
  captureThroughInspector,
  describeOutsideThreads,
  readThreadsBefore,
} from './threads.js';

const DEFAULT_PAUSE_S = 0.02;
const DEFAULT_DEADLINE_S = 10;
const SNAPSHOT_DEADLINE_S = 300;
const ALIVE_MS = 60_000;

/**
 * Makes a report of a process of this machine that is not set up for it. It is not stopped, and nothing is left in it: if
 * its inspector is opened for this, by SIGUSR1, it is closed again, whatever happens to this process meanwhile. A section
 * that cannot be had says what is missing.
 *
 * @param target its start tells it from a later process with its id
 * @param signal ends it early, once the inspector is closed. SIGINT, SIGTERM and SIGHUP do so too, and then have their way.
 * @throws {GuruError} ERR_GURU_TARGET: there is no such process, or it ended meanwhile
 */
export async function dumpFromOutside(
  { pid, startTicks }: Pick<Identity, 'pid'> & Partial<Identity>,
  options: OutsideOptions = {},
  signal?: AbortSignal,
): Promise<Report> {
  const target = new OutsideProcess(pid, startTicks);
  // Time limits of the inspector's answers do not keep a program alive, nor does the connection once the target is gone.
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    const report = await untilInterrupted(signal, (interrupted) =>
      new OutsideReport(target, options, interrupted).make(),
    );
    target.assertAlive();
    return report;
  } finally {
    clearInterval(alive);
  }
}

class OutsideReport {
  readonly #target: OutsideProcess;
  readonly #options: OutsideOptions;
  readonly #signal: AbortSignal;
  readonly #started = performance.now();
  readonly #sections: Section[] = [];
  #heldMs: number | null = 0;

  constructor(target: OutsideProcess, options: OutsideOptions, signal: AbortSignal) {
    this.#target = target;
    this.#options = options;
    this.#signal = signal;
  }

  async make(): Promise<Report> {
    const target = this.#target;
    const generatedAt = new Date().toISOString();
    const { mask, detail = 'guru dump', whyNotItself } = this.#options;

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
    let isSetUp = before.hasSentinel;
    const [threads, greenThreads] = [this.#place('threads', 'Threads'), this.#greenPlace()];
    if (threads !== null || greenThreads !== null) {
      const inspector =
        this.#options.noInspector === true
          ? doWithoutInspector(target)
          : await reachThreads(target, { facts, before, node, readNative }, this.#signal);
      let captured: CapturedThreads;
      try {
        if ('reason' in inspector) {
          captured = captureSilently(target, before, nodeMajor, facts, readNative, inspector.reason);
        } else {
          captured = await captureThroughInspector(target, inspector.cdp);
          asked = await askFacts(inspector);
        }
        this.#addHeld(captured);
        isSetUp ||= captured.threads.some(({ thread }) => thread.kind === 'sentinel');
        this.#signal.throwIfAborted();
        if (threads !== null) {
          fillSection(threads, performance.now(), () =>
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
    fillSection(this.#place('package', 'Package'), performance.now(), () => software.section);
    fillSection(this.#place('processes', 'Processes'), performance.now(), () => collectProcesses(target.pid));
    const argv = asked?.argv ?? [
      facts.argv[0] ?? '',
      ...(command.script === null ? [] : [command.script]),
      ...command.args,
    ];
    fillSection(this.#place('configuration', 'Configuration'), performance.now(), () =>
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
      trigger: {
        kind: 'cli',
        detail,
        receivedBy: 'outside',
        ...(isSetUp && whyNotItself !== undefined ? { reason: whyNotItself } : {}),
      },
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
      totalMs: roundMs(performance.now() - this.#started),
      mainThreadPauseMs: this.#heldMs === null ? null : roundMs(this.#heldMs),
    };
    return masked;
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
      assignSection(section, performance.now() - since, {
        status: 'skipped',
        reason: result.reason,
        model: null,
      });
      return;
    }
    fillSection(section, since, () => describeGreenThreads(result, facts));
  }

  #collectStacks(captured: CapturedThreads, known: TargetNode['known']): ReturnType<typeof stacksFromMemory> {
    const { greenThreads, maxPause = DEFAULT_PAUSE_S, deadline = DEFAULT_DEADLINE_S } = this.#options;
    const onHeld = ({ thread }: CapturedThreads['threads'][number], ms: number | null): void => {
      if (thread.kind === 'main') this.#held(ms);
    };
    if (greenThreads === 'snapshot')
      return stacksFromSnapshots(captured, { deadline: this.#started + SNAPSHOT_DEADLINE_S * 1000, onHeld });
    if ('reason' in known) return Promise.resolve(known);
    return stacksFromMemory(known, captured.threads, {
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
