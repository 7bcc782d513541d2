import fs, { type BigIntStats, type StatsFs } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describeSystemError, errorCode } from '../os/system-error.js';
import { isLocalFilesystem } from './local-filesystem.js';

/**
 * How much older than the moment of a touch the file's time may be: the kernel stamps files with the time of its last
 * tick, up to 10 ms ago, and network file systems with their server's.
 */
const CLOCK_SLACK_NS = 50_000_000n;

/** Milliseconds after which a stat without an answer is spoken of. */
const SILENT_AFTER = 10_000;

const MIN_INTERVAL_MS = 10;
/** `setTimeout` takes a longer time for 1 ms. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

export interface WatchFileOptions {
  /** Best absolute: the current directory may change. */
  path: string;
  /** Seconds between two looks. */
  interval: number;
  /** The file was touched since the last look. Must not throw. */
  onTouch: () => void;
  /** One line, without the prefix, on each change for the worse or back. Must not throw. */
  onProblem: (line: string) => void;
  /**
   * When the watch was asked for, in milliseconds since the epoch: a touch after this counts even if it comes before the
   * first look. Default: what is there at the first look counts as old.
   */
  since?: number;
  /** Whether the watch keeps the thread alive. Default false. */
  ref?: boolean;
  /** Ways to the file system that tests replace. */
  calls?: FileCalls;
}

export interface FileCalls {
  stat: (path: string, options: { bigint: true }, answer: Answer<BigIntStats>) => void;
  statfs: (path: string, answer: Answer<StatsFs>) => void;
}

type Answer<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/** What a look found. `present` is the only good one. */
type Condition = 'present' | 'absent' | 'not-a-file' | 'silent' | `error ${string}`;

/**
 * Watches a file by looking at its time of modification, and calls `onTouch` once for any number of touches between two
 * looks. Returns an idempotent disposer.
 *
 * What counts as a touch: a newer time than at the last look, whether or not it is the same file, or a time since the
 * last look at which the file was not there. So creating the file is a touch; moving an old file into place is not; a
 * time that goes back to the past is taken for the new state of rest.
 *
 * The looks. A stat(2) on a dead network mount does not return. In libuv's pool it leaves this thread alone, so that is
 * where it is done, and never a second while one is under way. But a pool whose threads are all taken (by slow look-ups
 * of names, by that same mount) is a reason to want a report, and the pool is one for the whole process: once the file
 * system is known for a local one, where stat(2) answers in microseconds, it is done right here.
 */
export function watchFile(options: WatchFileOptions): () => void {
  const { path, onTouch, onProblem, calls = fs } = options;
  let disposed = false;
  let condition: Condition = 'present';
  let seen: BigIntStats | null = null;
  /** Nanoseconds since the epoch: when the last look that was answered began. */
  let lookedAt: bigint | null = null;
  /** By `performance.now`: since when a look is under way. */
  let pendingSince: number | null = null;
  /** The device that may be asked in this thread. */
  let localDevice: bigint | null = null;
  /** The file (or its absence) whose permissions and directory were examined. */
  let examined: string | null = null;
  /** The directory, with its permissions, that was warned of. */
  let warnedOf: string | null = null;

  const timer = setInterval(look, intervalMs(options.interval));
  if (!options.ref) timer.unref();
  look();

  return () => {
    disposed = true;
    clearInterval(timer);
  };

  function look(): void {
    if (pendingSince !== null) return speakOfSilence(pendingSince);
    const startedAt = BigInt(Date.now()) * 1_000_000n;
    if (mayAskHere()) {
      try {
        found(fs.statSync(path, { bigint: true }), startedAt);
      } catch (error) {
        notFound(error, startedAt);
      }
      return;
    }
    pendingSince = performance.now();
    calls.stat(path, { bigint: true }, (error, stat) => {
      pendingSince = null;
      if (disposed) return;
      if (error) notFound(error, startedAt);
      else found(stat, startedAt);
    });
  }

  function mayAskHere(): boolean {
    if (localDevice === null) return false;
    return condition === 'absent' || (condition === 'present' && seen?.dev === localDevice);
  }

  function speakOfSilence(since: number): void {
    if (performance.now() - since < SILENT_AFTER) return;
    change('silent', 'does not answer (a network mount that is gone, or no free thread in the pool)');
  }

  function notFound(error: unknown, startedAt: bigint): void {
    const code = errorCode(error);
    if (code === 'ENOENT') {
      change('absent', seen === null ? 'does not exist; creating it asks for a report' : 'was removed');
      examine(null);
    } else change(`error ${code}`, `cannot be examined: ${describeSystemError(error)}`);
    lookedAt = startedAt;
  }

  function found(stat: BigIntStats, startedAt: bigint): void {
    if (stat.isFile()) {
      const touched = isTouch(stat);
      if (condition !== 'present') {
        // A report speaks for itself.
        change('present', touched ? null : 'is there; the next touch asks for a report');
      } else if (seen !== null && !isSameFile(seen, stat)) {
        onProblem(`the trigger file ${path} was replaced; the new one is watched`);
      }
      seen = stat;
      examine(stat);
      lookedAt = startedAt;
      if (touched) onTouch();
    } else {
      change('not-a-file', stat.isDirectory() ? 'is a directory' : 'is not a regular file');
      lookedAt = startedAt;
    }
  }

  function isTouch(stat: BigIntStats): boolean {
    if (lookedAt === null)
      return options.since !== undefined && stat.mtimeNs >= BigInt(Math.ceil(options.since)) * 1_000_000n;
    const sinceLastLook = stat.mtimeNs >= lookedAt - CLOCK_SLACK_NS;
    const cameInto =
      condition !== 'present' && (condition === 'absent' || seen === null || !isSameFile(seen, stat));
    if (cameInto || seen === null) return sinceLastLook;
    return stat.mtimeNs > seen.mtimeNs || (stat.mtimeNs !== seen.mtimeNs && sinceLastLook);
  }

  function change(to: Condition, line: string | null): void {
    if (condition === to) return;
    condition = to;
    if (line !== null) onProblem(`the trigger file ${path} ${line}`);
  }

  /** Looks once at what changes seldom: who may touch the file, and what kind of file system it is on. */
  function examine(file: BigIntStats | null): void {
    const key = file === null ? 'absent' : `${file.dev}:${file.ino}:${file.mode}`;
    if (key === examined) return;
    examined = key;
    if (file !== null) warnOfMode(file);
    const directory = dirname(path);
    calls.stat(directory, { bigint: true }, (error, stat) => {
      if (error || disposed) return; // What the next look says of the path tells more.
      if (file !== null) warnOfDirectory(directory, stat);
      calls.statfs(directory, (error, filesystem) => {
        if (!error) localDevice = isLocalFilesystem(filesystem.type) ? stat.dev : null;
      });
    });
  }

  function warnOfMode({ mode }: BigIntStats): void {
    // Windows has no such bits: Node makes them up.
    if (process.platform === 'win32' || (mode & 0o002n) === 0n) return;
    onProblem(
      `anyone may ask for a report: the trigger file ${path} is writable for all (mode ${octal(mode)})`,
    );
  }

  function warnOfDirectory(directory: string, { dev, ino, mode }: BigIntStats): void {
    // With the sticky bit (/tmp) only the file's owner can replace it.
    if (process.platform === 'win32' || (mode & 0o002n) === 0n || (mode & 0o1000n) !== 0n) return;
    const key = `${dev}:${ino}:${mode}`;
    if (key === warnedOf) return; // It stays the same while the files in it come and go.
    warnedOf = key;
    onProblem(
      `anyone may ask for a report: the directory ${directory} of the trigger file is writable for all (mode ${octal(mode)})`,
    );
  }
}

function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function octal(mode: bigint): string {
  return (mode & 0o7777n).toString(8).padStart(4, '0');
}

function intervalMs(seconds: number): number {
  const ms = Math.round(seconds * 1_000);
  return Number.isNaN(ms) ? 1_000 : Math.min(Math.max(ms, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
}
