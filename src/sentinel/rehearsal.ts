import type { Settings } from '../config/options.js';
import type { MemoryCollector } from './collect-from-memory.js';

/** From one look at the process to the next: twice as long each time, ms. */
const FIRST_LOOK_MS = 5000;
const LAST_LOOK_MS = 60_000;

/**
 * Resident memory of a process from which on it is worth while, bytes: there what stays of it, 10 to 30 MB, is less, and the rest of a report takes longer.
 */
const LARGE_BYTES = 150e6;
/** A process that takes more of a processor than this has something else to do. */
const BUSY_SHARE = 0.5;
/** So often it is put off at most, which are some four minutes: it is in a busy service that a report is asked for. */
const MOST_PUT_OFF = 6;

/**
 * The first report with Green Threads from memory takes longer than the next ones, as V8 has compiled nothing for it. In large processes that is
 * {@link MemoryCollector.rehearse rehearsed} beforehand, when they are not busy.
 */
export class Rehearsal {
  readonly #memory: MemoryCollector;
  readonly #settings: () => Settings;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = FIRST_LOOK_MS;
  #putOff = 0;
  #cpu = { ms: cpuMs(), at: performance.now() };

  constructor(memory: MemoryCollector, settings: () => Settings) {
    this.#memory = memory;
    this.#settings = settings;
    this.#wait();
  }

  /** Idempotent. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#look(), this.#waitMs).unref();
    this.#waitMs = Math.min(2 * this.#waitMs, LAST_LOOK_MS);
  }

  #look(): void {
    // V8 has compiled what it was to be rehearsed for.
    if (this.#memory.hasRead) return;
    const seen = { residentBytes: residentBytes(), cpuShare: this.#cpuShare() };
    const answer = isTimeToRehearse(seen, this.#settings(), this.#putOff);
    if (answer === 'busy') this.#putOff++;
    if (answer === true) void this.#memory.rehearse(() => this.#timer !== undefined);
    else this.#wait();
  }

  /** What the process has taken of a processor since the last look. */
  #cpuShare(): number {
    const { ms, at } = this.#cpu;
    this.#cpu = { ms: cpuMs(), at: performance.now() };
    return (this.#cpu.ms - ms) / (this.#cpu.at - at);
  }
}

function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0; // without /proc it is not known, and there is no memory to read
  }
}

/** CPU time of all threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * @param cpuShare CPU time by time: 1 is one processor
 * @param putOff how often it was found busy
 */
export function isTimeToRehearse(
  { residentBytes, cpuShare }: { residentBytes: number; cpuShare: number },
  { greenThreads, rehearsal }: Pick<Settings, 'greenThreads' | 'rehearsal'>,
  putOff: number,
): boolean | 'busy' {
  if (!rehearsal || (greenThreads !== 'auto' && greenThreads !== 'memory')) return false;
  if (residentBytes < LARGE_BYTES) return false;
  return cpuShare <= BUSY_SHARE || putOff >= MOST_PUT_OFF || 'busy';
}
