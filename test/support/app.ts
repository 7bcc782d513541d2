import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report, Section, SectionKind, SectionOf, Thread } from 'guru-meditation';

/** How long anything may take before a test gives up, ms: far more than it does on a machine that is not stuck. */
const PATIENCE_MS = 60_000;

/** How long {@link App.askUntil} waits before it sends the signal again, ms. */
const SIGNAL_AGAIN_MS = 300;

export interface StartOptions {
  /** Flags of node, before the program. Default: the `--import` that sets the process up. */
  nodeArgs?: string[];
  /** Arguments of the program. */
  args?: string[];
  /** Added to a clean environment; reports are JSON unless GURU_FORMAT says otherwise. */
  env?: Record<string, string>;
  /** What its stderr is. Default: a file. */
  stderr?: 'file' | 'pipe';
  cwd?: string;
  /** What it prints on stdout once the test may go on. Default: `ready`. */
  ready?: string | null;
  /** What runs it. Default: the node that runs the test. */
  execPath?: string;
  /** As whom it runs, where the test may choose. */
  user?: { uid: number; gid: number };
  /** Whether it is the leader of a process group, which ends with it: for programs with children of their own. */
  ownGroup?: boolean;
}

export const SET_UP = ['--import', 'guru-meditation/register'];

/** A small real program that a test started, with its output. */
export class App {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly directory: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  #piped = '';
  #parsed: Report[] = [];
  #parsedLength = 0;
  readonly #stderrFile: string;

  constructor(child: ChildProcess, directory: string, stderrFile: string) {
    this.child = child;
    this.pid = child.pid ?? 0;
    this.directory = directory;
    this.#stderrFile = stderrFile;
    this.exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#piped += text));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** All that it has written to stderr. */
  stderr(): string {
    return this.child.stderr ? this.#piped : readFileSync(this.#stderrFile, 'utf8');
  }

  signal(name: NodeJS.Signals = 'SIGUSR2'): void {
    process.kill(this.pid, name);
  }

  /** Waits until `look` gives something; fails with the program's output if it ends or nothing comes. */
  async until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const running = this.running;
      const found = look();
      if (found) return found;
      if (!running || performance.now() > deadline) {
        const state = running ? 'runs' : `ended with ${this.child.exitCode ?? this.child.signalCode}`;
        throw new Error(`no ${what}; the program ${state}\nstdout: ${this.stdout}\nstderr: ${this.stderr()}`);
      }
      await sleep(5);
    }
  }

  /** The reports on its stderr, in JSON. */
  reports(): Report[] {
    const text = this.stderr();
    if (text.length !== this.#parsedLength) this.#parsed = jsonReports(text);
    this.#parsedLength = text.length;
    return this.#parsed;
  }

  /** Waits for `count` reports and gives the last of these. */
  async report(count = 1): Promise<Report> {
    return this.until(`report number ${count}`, () => this.reports()[count - 1]);
  }

  /**
   * Sends the signal again and again until a report fits: for programs that are about to do something, or that blocked
   * before their sentinel was ready, in which case the signal waits for the event loop.
   */
  async askUntil(what: string, fits: (report: Report) => boolean): Promise<Report> {
    let seen = this.reports().length;
    let nextSignal = 0;
    return this.until(what, () => {
      const now = performance.now();
      if (now >= nextSignal && this.running) {
        this.signal();
        nextSignal = now + SIGNAL_AGAIN_MS;
      }
      const reports = this.reports();
      const found = reports.slice(seen).find(fits);
      seen = reports.length;
      return found;
    });
  }

  /** Sends the signal and waits for the report that it makes. */
  async ask(): Promise<Report> {
    const before = this.reports().length;
    this.signal();
    return this.report(before + 1);
  }
}

/** Starts `test/apps/NAME` and waits until it says that it is ready. It is ended with the test. */
export async function startApp(t: TestContext, name: string, options: StartOptions = {}): Promise<App> {
  const {
    nodeArgs = SET_UP,
    args = [],
    env = {},
    stderr = 'file',
    ready = 'ready',
    ownGroup = false,
  } = options;
  const directory = mkdtempSync(join(tmpdir(), 'guru-test-'));
  if (options.user) chownSync(directory, options.user.uid, options.user.gid);
  const stderrFile = join(directory, 'stderr.log');
  const fd = stderr === 'file' ? openSync(stderrFile, 'w') : 'pipe';
  const child = spawn(
    options.execPath ?? process.execPath,
    [...nodeArgs, resolve('test/apps', name), ...args],
    {
      stdio: ['ignore', 'pipe', fd],
      detached: ownGroup,
      env: {
        PATH: process.env['PATH'],
        GURU_FORMAT: 'json',
        GURU_MIN_INTERVAL: '0',
        GURU_GREEN_THREADS: 'off',
        // Its socket goes with it, even if it is killed.
        TMPDIR: directory,
        ...env,
      },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...options.user,
    },
  );
  if (typeof fd === 'number') closeSync(fd);
  const app = new App(child, directory, stderrFile);
  t.after(async () => {
    child.kill('SIGKILL');
    await app.exited;
    if (ownGroup) endGroup(app.pid);
    rmSync(directory, { recursive: true, force: true });
  });
  if (ready !== null) await app.until(`"${ready}"`, () => app.stdout.includes(ready));
  return app;
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** The JSON reports in a text, in which other lines may stand between them. */
export function jsonReports(text: string): Report[] {
  const reports: Report[] = [];
  for (
    let at = text.indexOf('{\n  "schemaVersion"');
    at !== -1;
    at = text.indexOf('{\n  "schemaVersion"', at + 1)
  ) {
    const end = text.indexOf('\n}\n', at);
    if (end !== -1) reports.push(JSON.parse(text.slice(at, end + 2)) as Report);
  }
  return reports;
}

/** The section of a built-in kind. */
export function sectionOf<K extends Exclude<SectionKind, 'custom'>>(report: Report, kind: K): SectionOf<K> {
  const found = report.sections.find((section) => section.kind === kind);
  if (!found) throw new Error(`the report has no section ${kind}`);
  return found as unknown as SectionOf<K>;
}

/** The registered section with that title. */
export function customSection(report: Report, title: string): SectionOf<'custom'> {
  const found: Section | undefined = report.sections.find((section) => section.title === title);
  if (found?.kind !== 'custom') throw new Error(`the report has no section "${title}"`);
  return found;
}

export function threadsOf(report: Report): Thread[] {
  return sectionOf(report, 'threads').model?.threads ?? [];
}

export function mainThreadOf(report: Report): Thread {
  const main = threadsOf(report).find(({ kind }) => kind === 'main');
  if (!main) throw new Error('the report has no main thread');
  return main;
}
