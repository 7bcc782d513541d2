import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long anything may take before the bench gives up, ms. */
const PATIENCE_MS = 60_000;

/** @param {string} name of a file in bench/apps. */
export const appPath = (name) => fileURLToPath(new URL(`../apps/${name}`, import.meta.url));

/** The flags that set a program up. */
export const SET_UP = ['--import', process.env['BENCH_REGISTER'] ?? 'guru-meditation/register'];

/** Flags that start a worker which does nothing: what any thread of Node's costs, whatever runs in it. */
export const EMPTY_WORKER = ['--import', appPath('empty-worker.mjs')];

/**
 * A clean environment: what the bench itself was started with must not weigh on what it measures. Green Threads
 * cost more the larger a heap is; they are measured where it is said so.
 */
export const ENVIRONMENT = {
  PATH: process.env['PATH'],
  GURU_FORMAT: 'json',
  GURU_MIN_INTERVAL: '0',
  GURU_GREEN_THREADS: 'off',
};

/** Added to that: Green Threads as they are where nobody says anything. */
export const WITH_GREEN_THREADS = { GURU_GREEN_THREADS: '' };

const running = new Set();

/** Ends every program that still runs, each by its own pid. */
export function endAll() {
  for (const program of running) program.child.kill('SIGKILL');
}

/** A program under measurement, with what it prints. */
export class Program {
  stdout = '';
  #stderr;

  constructor(child, stderr) {
    this.child = child;
    this.pid = child.pid;
    this.#stderr = stderr;
    this.exited = once(child, 'exit').finally(() => running.delete(this));
    running.add(this);
    child.stdout?.setEncoding('utf8').on('data', (text) => (this.stdout += text));
  }

  /** Bytes on stderr so far. */
  stderrLength() {
    return fstatSync(this.#stderr).size;
  }

  stderr(from = 0) {
    const bytes = Buffer.alloc(this.stderrLength() - from);
    readSync(this.#stderr, bytes, 0, bytes.length, from);
    return bytes.toString();
  }

  /** Waits until it prints the word. */
  async says(word) {
    await waitFor(`"${word}"`, () => this.stdout.includes(word) || this.child.exitCode !== null);
    if (!this.stdout.includes(word)) throw new Error(`the program ended: ${this.stderr()}`);
  }

  /** Waits until it has used no CPU time for a while: set-up and start are over. */
  async settled() {
    if (process.platform !== 'linux') return void (await sleep(1000));
    let before = -1;
    await waitFor('rest', async () => {
      const now = cpuTicks(this.pid);
      await sleep(150);
      const quiet = now === before;
      before = now;
      return quiet;
    });
  }

  async end() {
    this.child.kill('SIGKILL');
    await this.exited;
    closeSync(this.#stderr);
  }
}

/**
 * Starts node with a program of bench/apps.
 *
 * @param {{ node: string }} options
 * @param {string[]} flags of node.
 */
export function startProgram({ node }, flags, app, more) {
  return start(node, [...flags, appPath(app)], more);
}

/**
 * Starts any program. Its stderr is a file, as a service's is: Node gives pipes to its children as sockets, and its own
 * diagnostic report was seen to be cut short on one (20.20).
 */
export function start(command, args, { env = {}, ipc = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'guru-bench-'));
  const stderr = openSync(join(directory, 'stderr.log'), 'w+');
  rmSync(directory, { recursive: true }); // it lives on as long as it is open
  const stdio = ['pipe', 'pipe', stderr, ...(ipc ? ['ipc'] : [])];
  return new Program(spawn(command, args, { env: { ...ENVIRONMENT, ...env }, stdio }), stderr);
}

/** Waits until `look` says yes, with an error after a minute. */
export async function waitFor(what, look) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(2);
  }
}

/** User and system time in ticks of the kernel, 10 ms each. */
function cpuTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
