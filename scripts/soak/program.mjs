import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const APP = fileURLToPath(new URL('../../test/apps/soak/', import.meta.url));

/** How long anything may take before it hangs, ms: more than a report's deadline. */
const PATIENCE_MS = 20_000;

/** The program that reports are asked of, and its files. */
export class Program {
  stdout = '';

  /** @param {{ node: string, flags: string[], seed: number, cacheMb: number, maxPause: number | null }} options */
  constructor({ node, flags, seed, cacheMb, maxPause }) {
    this.directory = mkdtempSync(join(tmpdir(), 'guru-soak-'));
    this.reports = join(this.directory, 'reports');
    this.log = join(this.directory, 'history.log');
    mkdirSync(this.reports);
    const stderr = openSync(join(this.directory, 'stderr'), 'w');
    const args = [...flags, '--import', 'guru-meditation/register', join(APP, 'program.mjs')];
    this.child = spawn(node, [...args, String(seed), this.log, String(cacheMb)], {
      stdio: ['pipe', 'pipe', stderr],
      env: {
        PATH: process.env['PATH'],
        GURU_FORMAT: 'json',
        GURU_MIN_INTERVAL: '0',
        GURU_GREEN_THREADS: 'memory',
        GURU_LOG_DIR: this.reports,
        ...(maxPause === null ? {} : { GURU_MAX_PAUSE: String(maxPause) }),
      },
    });
    closeSync(stderr);
    this.exited = once(this.child, 'exit').then(([code, signal]) => code ?? signal);
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    // It may have ended when it is told something.
    this.child.stdin.on('error', () => {});
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  stderr() {
    return readFileSync(join(this.directory, 'stderr'), 'utf8');
  }

  tell(command) {
    this.child.stdin.write(`${command}\n`);
  }

  /** Waits until it says so. */
  async says(word) {
    await this.until(`"${word}"`, () => new RegExp(`^${word}\\b`, 'm').test(this.stdout));
  }

  /** Waits until `look` gives something. Rejects when the program ends, or hangs. */
  async until(what, look) {
    for (const end = performance.now() + PATIENCE_MS; ;) {
      const { running } = this;
      const found = look();
      if (found) return found;
      if (!running)
        throw new Error(`no ${what}: the program ended with ${this.child.exitCode ?? this.child.signalCode}`);
      if (performance.now() > end)
        throw new Error(`no ${what} within ${PATIENCE_MS / 1000} s\n${await this.#threadsNow()}`);
      await sleep(2);
    }
  }

  /** What the operating system says of its threads, twice: whether they run shows in their clock ticks. */
  async #threadsNow() {
    const task = `/proc/${this.child.pid}/task`;
    const read = () =>
      readdirSync(task).map((tid) => {
        const [, name, state] = /\((.*)\) (\S)/.exec(readFileSync(`${task}/${tid}/stat`, 'utf8')) ?? [];
        const ticks = readFileSync(`${task}/${tid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13);
        return `  ${tid} ${name} ${state} ${ticks?.join('+')} ${readFileSync(`${task}/${tid}/syscall`, 'utf8').trim()}`;
      });
    const first = read();
    await sleep(500);
    return [...first, '  later:', ...read()].join('\n');
  }

  /** Sends the signal, and waits for the report's text; the file is removed. */
  async ask() {
    process.kill(this.child.pid, 'SIGUSR2');
    const name = await this.until('report', () =>
      readdirSync(this.reports).find((name) => name.endsWith('.json')),
    );
    const path = join(this.reports, name);
    const text = readFileSync(path, 'utf8');
    rmSync(path);
    return text;
  }

  /** Resident memory, MB. */
  residentMb() {
    return (
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]) / 1024
    );
  }

  /**
   * What its file descriptors are, without numbers, in order. Not those of modules: Node leaves them open where a worker
   * is terminated while it loads (20.20).
   */
  openFiles() {
    const folder = `/proc/${this.child.pid}/fd`;
    const targetOf = (fd) => {
      try {
        return readlinkSync(join(folder, fd)).replace(/\d+/g, 'N');
      } catch {
        return 'closed'; // meanwhile
      }
    };
    return readdirSync(folder)
      .map(targetOf)
      .filter((target) => !/\.[cm]?js$/.test(target))
      .sort();
  }

  async end() {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
