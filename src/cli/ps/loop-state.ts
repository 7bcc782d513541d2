import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { mappingsWith, readMaps } from '../../os/linux/memory-map.js';
import { type Memory, openMemory } from '../../os/linux/memory.js';
import { readProcFile } from '../../os/linux/proc-file.js';
import { readStat, TICKS_PER_SECOND } from '../../os/linux/stat.js';
import { fdArgument, parseSystemCall, systemCallName } from '../../os/linux/system-calls.js';
import type { NodeProcess } from '../target/node-process.js';

/**
 * What the event loop of the main thread is at. `blocked`: it has not turned for `seconds`. `unknown`: nothing that may be
 * read tells.
 */
export type LoopState =
  | { state: 'idle' | 'busy' | 'stopped' | 'unknown' }
  | { state: 'blocked'; seconds: number };

/** What one look at the main thread has shown. */
interface Look {
  /** Whether it waits for events; `null` where that cannot be told from other waits. */
  waits: boolean | null;
  /** Since when the loop is in its present turn, ms; `null` where that cannot be read. */
  turnMs: number | null;
  /** The present turn by libuv's own clock: the same in two looks if it is the same turn. */
  turn: number | null;
}

/** A turn that takes longer than this holds everything else up, ms. */
const BLOCKED_MS = 500;
/** Of one CPU: below it, a loop that was always found waiting is idle. */
const IDLE_SHARE = 0.1;

/**
 * libuv's `uv_loop_t`, which its interface keeps from changing: the descriptor that it waits at, and the time of its present
 * turn, ms (`time`; after a `pthread_mutex_t`, which has 8 bytes more on arm64). Seen on 20.20, 22.23, 24.21 and 26.10.
 */
const BACKEND_FD = 64;
const TIMES = [544, 552];
const LOOP_SIZE = 560;

/** The kernel's functions for epoll_wait, by version. */
const WAIT_CHANNEL = /^(?:do_)?ep(?:oll)?_(?:poll|wait)/;

/**
 * Watches the main thread of a process for a while, without touching it. libuv notes when each turn of the loop began, and
 * that is in the memory of the process; where it may not be read (another user's, symbols that were stripped), the system
 * call that the thread is in says whether it waits for events, unless there are children, for which it may wait in the same
 * way (`execSync`).
 */
export class LoopWatch {
  readonly #pid: number;
  readonly #memory: Memory | null;
  readonly #address: number | null;
  readonly #looks: Look[] = [];
  readonly #uptimeMs: number;
  #timeAt: number | null = null;

  constructor(process: NodeProcess, uptimeSeconds: number) {
    this.#pid = process.pid;
    this.#uptimeMs = uptimeSeconds * 1000;
    this.#address = loopAddress(process);
    this.#memory = this.#address === null ? null : openMemory(process.pid);
  }

  look(): void {
    const call = this.#readCall();
    const loop = this.#readLoop();
    if (loop !== null) {
      const waits =
        call === 'running' ? false : call === null ? null : call.fd === loop.backendFd && call.isEpoll;
      this.#looks.push({ waits, turnMs: loop.turnMs, turn: loop.turn });
      return;
    }
    const isEpoll = call === null ? this.#waitsByChannel() : call !== 'running' && call.isEpoll;
    this.#looks.push({
      waits: isEpoll === true ? (hasChildren(this.#pid) ? null : true) : null,
      turnMs: null,
      turn: null,
    });
  }

  /** @param share of one CPU that the main thread took meanwhile */
  end(share: number): LoopState {
    this.#memory?.close();
    const stat = readStat(this.#pid);
    if (stat?.state === 'T' || stat?.state === 't') return { state: 'stopped' };
    const [before, last] = this.#looks.slice(-2);
    if (!before || !last) return { state: 'unknown' };
    // Twice, as a loop that is just waking up from its wait has not noted the time yet.
    const isSameTurn = before.waits === false && last.waits === false && before.turn === last.turn;
    if (isSameTurn && last.turnMs !== null && last.turnMs >= BLOCKED_MS) {
      return { state: 'blocked', seconds: last.turnMs / 1000 };
    }
    if (this.#looks.every(({ waits }) => waits === true))
      return { state: share < IDLE_SHARE ? 'idle' : 'busy' };
    // It was seen to wait, or its turns were short: the loop turns, and there is work.
    const turns = this.#looks.some(({ waits }) => waits === true) || last.turnMs !== null;
    return { state: turns && last.waits !== null ? 'busy' : 'unknown' };
  }

  #readLoop(): { backendFd: number; turnMs: number; turn: number } | null {
    if (this.#memory === null || this.#address === null) return null;
    const bytes = Buffer.alloc(LOOP_SIZE);
    if (this.#memory.read(this.#address, bytes) !== LOOP_SIZE) return null;
    const backendFd = bytes.readInt32LE(BACKEND_FD);
    const now = Number(process.hrtime.bigint() / 1_000_000n);
    const turn = (at: number): number => now - Number(bytes.readBigUInt64LE(at));
    // Its clock is coarse, and the loop is older than nothing of the process.
    const isPlausible = (ms: number): boolean => ms > -100 && ms < this.#uptimeMs + 1000;
    this.#timeAt ??= TIMES.find((at) => isPlausible(turn(at))) ?? null;
    if (this.#timeAt === null || !isPlausible(turn(this.#timeAt)) || !this.#isEventPoll(backendFd))
      return null;
    return { backendFd, turnMs: Math.max(0, turn(this.#timeAt)), turn: now - turn(this.#timeAt) };
  }

  #isEventPoll(fd: number): boolean {
    try {
      return readlinkSync(`/proc/${this.#pid}/fd/${fd}`) === 'anon_inode:[eventpoll]';
    } catch {
      return false;
    }
  }

  /** The system call that the main thread is in; `null` where that may not be known. */
  #readCall(): 'running' | { isEpoll: boolean; fd: number | null } | null {
    const file = readProcFile(`/proc/${this.#pid}/task/${this.#pid}/syscall`);
    const call = file.error === undefined ? parseSystemCall(file.text) : null;
    if (call === null) return null;
    if (call.kind !== 'inside') return 'running';
    const name = systemCallName(call.number);
    const at = name === null ? null : fdArgument(name);
    const fd = at === null ? null : Number(BigInt.asIntN(32, call.arguments[at] ?? -1n));
    return { isEpoll: name !== null && /^epoll_p?wait/.test(name), fd };
  }

  #waitsByChannel(): boolean | null {
    const file = readProcFile(`/proc/${this.#pid}/task/${this.#pid}/wchan`);
    if (file.error !== undefined || file.text === '' || file.text === '0') return null;
    return WAIT_CHANNEL.test(file.text);
  }
}

/** Where libuv's default loop, the main thread's, is in the memory of the process. */
function loopAddress({ pid, binary, binaryPath }: NodeProcess): number | null {
  const linked = binary?.defaultLoop() ?? null;
  if (binary === null || binaryPath === null || linked === null) return null;
  if (binary.fixed) return linked;
  const maps = readMaps(pid);
  if (maps === null) return null;
  try {
    const { ino } = statSync(binaryPath);
    const first = [...mappingsWith(maps, 'r--p'), ...mappingsWith(maps, 'r-xp')].filter(
      ({ inode, offset }) => inode === ino && offset === 0,
    );
    return first.length === 0 ? null : linked + Math.min(...first.map(({ start }) => start));
  } catch {
    return null; // it has just ended
  }
}

function hasChildren(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((tid) => {
      const file = readProcFile(`/proc/${pid}/task/${tid}/children`);
      return file.error !== undefined || file.text.trim() !== '';
    });
  } catch {
    return true; // what is not known is not counted on
  }
}

/** Of one CPU, from two readings of `/proc/PID/task/PID/stat`. */
export function cpuShare(before: number, after: number, ms: number): number {
  return ms <= 0 ? 0 : ((after - before) * (1000 / TICKS_PER_SECOND)) / ms;
}
