import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOwnTcpListeners } from '#src/os/linux/listening-sockets.js';
import { readThreads } from '#src/os/threads.js';
import type { GreenThreadGroup, Report, SectionKind, SectionOf, Thread } from '#src/report/schema.js';

const PATIENCE_MS = 60_000;

/** This Node, and the others that `npm run test:nodes` has installed. */
export function nodes(): { major: string; path: string }[] {
  const own = process.versions.node.split('.')[0]!;
  const folder = resolve('.nodes/node_modules');
  const others = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => ({ major: name.slice(1), path: join(folder, name, 'bin/node') }))
        .filter(({ major, path }) => major !== own && existsSync(path))
    : [];
  return [{ major: own, path: process.execPath }, ...others];
}

export const ONLY_LINUX = process.platform === 'linux' ? {} : { skip: 'Linux only' };

export interface TargetOptions {
  node?: string;
  /** Flags of node. Default: SIGUSR1 opens the inspector on any port, so that tests are in nobody's way. */
  nodeArgs?: string[];
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  uid?: number;
}

/** A program that is not set up, and what it prints. */
export class TargetApp {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly directory: string;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess, directory: string) {
    this.child = child;
    this.pid = child.pid ?? 0;
    this.directory = directory;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
    return await until(`${what}; stdout: ${this.stdout}; stderr: ${this.stderr}`, look, () => this.running);
  }

  /** Lets it go on. */
  async release(fifo?: string): Promise<void> {
    writeFileSync(join(this.directory, 'release'), '');
    if (fifo !== undefined) closeSync(openSync(fifo, 'w'));
    await this.until('released', () => this.stdout.includes('released'));
  }

  /** What there is in it that was not there at its start; `null` each: nothing. It answers on its event loop. */
  async state(): Promise<{ inspector: string | null }> {
    const before = this.stdout.length;
    this.child.stdin?.write('state\n');
    const line = await this.until('state', () => /\{.*\}\n/.exec(this.stdout.slice(before))?.[0]);
    return JSON.parse(line) as { inspector: string | null };
  }

  /** Its state once its event loop has turned: until then Node may open the inspector a second time. */
  async settledState(): Promise<unknown> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.state();
      if (state.inspector === null || performance.now() > deadline) return state;
    }
  }
}

/** Its state if nothing was left in it. */
export const UNTOUCHED = { added: [], inspector: null, error: true };

export async function until<T>(
  what: string,
  look: () => T | null | undefined | false,
  goesOn: () => boolean = () => true,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const running = goesOn();
    const found = look();
    if (found) return found;
    if (!running || performance.now() > deadline) throw new Error(`no ${what}`);
    await sleep(10);
  }
}

/** Starts `test/apps/cli/outside/NAME` and waits until it is ready. It is ended with the test. */
export async function startTarget(
  t: TestContext,
  name: string,
  options: TargetOptions = {},
): Promise<TargetApp> {
  const directory = mkdtempSync(join(tmpdir(), 'guru-test-'));
  const { node = process.execPath, nodeArgs = ['--inspect-port=0'], env = {}, cwd, uid } = options;
  const script = resolve('test/apps/cli/outside', name);
  const args = (options.args ?? []).map((arg) => arg.replaceAll('@directory', directory));
  const child = spawn(node, [...nodeArgs, script, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const app = new TargetApp(child, directory);
  const exited = once(child, 'exit');
  t.after(async () => {
    try {
      process.kill(-app.pid, 'SIGKILL');
    } catch {
      // It and its children have ended.
    }
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });
  await app.until('ready', () => app.stdout.includes('ready'));
  return app;
}

/** The target of `target.cjs`, blocked in a way. */
export async function startBlocked(
  t: TestContext,
  mode: string,
  options: TargetOptions = {},
): Promise<TargetApp> {
  const args = [mode, '@directory/release', ...(options.args ?? [])];
  const app = await startTarget(t, 'target.cjs', { ...options, args });
  let since: string | undefined;
  let times = 0;
  if (SLEEPING.includes(mode)) {
    // The same for a while: it may sleep on its way there.
    await app.until('sleep', () => {
      const now = readThreads(app.pid).threads[0];
      times = now?.state === 'S' && since === JSON.stringify(now) ? times + 1 : 0;
      since = JSON.stringify(now);
      return times === 5;
    });
  }
  return app;
}

/** Modes that are reached only some time after the program said that it is ready. */
const SLEEPING = ['atomics', 'exec', 'fifo'];

export function isListening({ pid }: { pid: number }): boolean {
  return (readOwnTcpListeners(pid) ?? []).length > 0;
}

export function sectionOf<K extends Exclude<SectionKind, 'custom'>>(report: Report, kind: K): SectionOf<K> {
  const found = report.sections.find((section) => section.kind === kind);
  if (!found) throw new Error(`the report has no section ${kind}`);
  return found as unknown as SectionOf<K>;
}

export function threadOf(report: Report, kind: 'main' | 'worker'): Thread {
  const thread = sectionOf(report, 'threads').model?.threads.find((one) => one.kind === kind);
  if (!thread) throw new Error(`the report has no ${kind} thread`);
  return thread;
}

/** `FUNCTION FILE:LINE` of a thread's frames, Node's own left out. */
export function ownFrames({ frames }: { frames: Thread['frames'] }): string[] {
  return frames
    .filter(({ internal, native }) => !internal && !native)
    .map(({ function: name, file, line }) => `${name} ${file.slice(file.lastIndexOf('/') + 1)}:${line}`);
}

export function groupsOf(report: Report): GreenThreadGroup[] {
  return (sectionOf(report, 'greenThreads').model?.groups ?? []).filter(({ internal }) => !internal);
}

/** The line (1-based) with a marker, `@NAME`, of a program. */
export function lineOf(name: string, marker: string): number {
  const lines = readFileSync(resolve('test/apps/cli/outside', name), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.endsWith(`@${marker}`));
  if (at === -1) throw new Error(`${name} has no @${marker}`);
  return at + 1;
}
