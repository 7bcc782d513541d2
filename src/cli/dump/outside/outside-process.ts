import { readlinkSync, statSync } from 'node:fs';
import { parseCommandLine } from '../../../os/linux/processes.js';
import { readProcFile } from '../../../os/linux/proc-file.js';
import { innerIdOf } from '../../../os/linux/pid-namespace.js';
import { parseProcessStatus, type ProcessStatus } from '../../../os/linux/process-status.js';
import { readStat, TICKS_PER_SECOND } from '../../../os/linux/stat.js';
import { errorCode } from '../../../os/system-error.js';
import { splitCommandLine, type SplitCommandLine } from '../../target/command-line.js';
import { assertAlive, isAlive } from '../../target/identity.js';
import { targetError } from '../../target/target-error.js';

/** Command lines and environments have at most 2 MB on most machines (`ulimit -s` / 4). */
const TEXT_LIMIT = 4 * 1024 * 1024;

/** Text of `/proc`, or the code of the error (`EACCES`). */
export type Had<T> = { value: T } | { error: string };

/** What `/proc` shows this process of another one, for a report of it. What does not change while it runs is read once. */
export class OutsideProcess {
  readonly pid: number;
  /** Tells it from others with the same id: clock ticks between boot and its start. */
  readonly startTicks: number;
  readonly #statusText: string;
  readonly #status: ProcessStatus;

  /**
   * @param startTicks of the process that is meant, where that is known: another one may have its id by now
   * @throws {GuruError} ERR_GURU_TARGET: it does not run, or is none to be asked
   */
  constructor(pid: number, startTicks?: number) {
    if (process.platform !== 'linux')
      throw targetError(`a process that is not set up can be reported from outside on Linux only`);
    const stat = readStat(pid);
    const file = readProcFile(`/proc/${pid}/status`);
    const status = file.error === undefined ? parseProcessStatus(file.text) : null;
    if (stat === null || file.error !== undefined || status === null)
      throw targetError(startTicks === undefined ? `there is no process ${pid}` : `process ${pid} has ended`);
    this.pid = pid;
    this.startTicks = startTicks ?? stat.startTicks;
    this.#statusText = file.text;
    this.#status = status;
    this.assertAlive();
  }

  /** The effective user's id. */
  get uid(): number {
    return this.#status.uid;
  }

  get gid(): number | null {
    const gid = /^Gid:\t\d+\t(\d+)\t/m.exec(this.#statusText)?.[1];
    return gid === undefined ? null : Number(gid);
  }

  /** Its id in the innermost namespace of process ids that it is in: what it takes for its own. */
  get innerPid(): number {
    return innerIdOf(this.#statusText) ?? this.pid;
  }

  /** Whether it still is the one that it was, and not another that got its id. */
  get isAlive(): boolean {
    return isAlive(this);
  }

  /** @throws {GuruError} ERR_GURU_TARGET if it has ended */
  assertAlive(): void {
    assertAlive(this);
  }

  /** ms since the epoch. */
  get startedAt(): number {
    const uptime = readProcFile('/proc/uptime');
    const seconds = uptime.error === undefined ? Number.parseFloat(uptime.text) : Number.NaN;
    return Number.isNaN(seconds)
      ? Date.now()
      : Date.now() - (seconds * 1000 - (this.startTicks * 1000) / TICKS_PER_SECOND);
  }

  /** The letter of the main thread's state: R, S, D, T, t, … */
  get state(): string {
    return readStat(this.pid)?.state ?? 'X';
  }

  /** The path of the executable, ` (deleted)` included. */
  readExe(): Had<string> {
    return attempt(() => readlinkSync(`/proc/${this.pid}/exe`));
  }

  readCwd(): Had<string> {
    return attempt(() => readlinkSync(`/proc/${this.pid}/cwd`));
  }

  /** Anybody may read it. A title that the process gave itself stands in its place. */
  readCommand(): string[] {
    const file = readProcFile(`/proc/${this.pid}/cmdline`, TEXT_LIMIT);
    return file.error === undefined ? parseCommandLine(file.text, file.complete) : [];
  }

  splitCommand(): SplitCommandLine {
    return splitCommandLine(this.readCommand());
  }

  /** As it was at the start of the process. */
  readEnvironment(): Had<Record<string, string>> {
    const file = readProcFile(`/proc/${this.pid}/environ`, TEXT_LIMIT);
    if (file.error !== undefined) return { error: file.error };
    const entries = file.text
      .split('\0')
      .map((entry) => [entry, entry.indexOf('=')] as const)
      .filter(([, at]) => at > 0)
      .map(([entry, at]) => [entry.slice(0, at), entry.slice(at + 1)] as const);
    return { value: Object.fromEntries(entries) };
  }

  /** What to put before a path of the process to open it: empty unless it has another root directory. */
  get root(): string {
    const own = attempt(() => statSync('/'));
    const its = attempt(() => statSync(`/proc/${this.pid}/root`));
    if ('error' in own || 'error' in its) return '';
    return own.value.dev === its.value.dev && own.value.ino === its.value.ino ? '' : `/proc/${this.pid}/root`;
  }

  /** Whether it is in the same namespace of a kind; `null` if that may not be known. */
  sharesNamespace(kind: 'net'): boolean | null {
    const its = attempt(() => readlinkSync(`/proc/${this.pid}/ns/${kind}`));
    const own = attempt(() => readlinkSync(`/proc/self/ns/${kind}`));
    return 'error' in its || 'error' in own ? null : its.value === own.value;
  }
}

function attempt<T>(read: () => T): Had<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { error: errorCode(error) ?? 'unknown error' };
  }
}
