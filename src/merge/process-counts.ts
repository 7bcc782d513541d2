import type { MergedProcess, ProcessTable } from './process-table.js';

/** Numbers a process: which, how many stacks. */
const FIELDS = 2;

const SMALLEST = 4 * FIELDS;

/** The greatest number that fits. */
const MOST = 2 ** 32 - 1;

/**
 * How many stacks each process has, of one group. Ten thousand processes that all have the same hundreds of groups are
 * millions of counts, so they are in columns of 8 bytes each.
 */
export class ProcessCounts {
  #cells = new Uint32Array(SMALLEST);
  #used = 0;

  /** @param process a number of {@link ProcessTable} */
  add(process: number, count: number): void {
    const last = this.#used - FIELDS;
    if (last >= 0 && this.#cells[last] === process) {
      this.#cells[last + 1] = Math.min(MOST, (this.#cells[last + 1] ?? 0) + count);
      return;
    }
    if (this.#used === this.#cells.length) this.#makeRoom();
    this.#cells[this.#used] = process;
    this.#cells[this.#used + 1] = Math.min(MOST, count);
    this.#used += FIELDS;
  }

  /** By number of the process. */
  totals(): Map<number, number> {
    const totals = new Map<number, number>();
    for (let i = 0; i < this.#used; i += FIELDS) {
      const process = this.#cells[i] ?? 0;
      totals.set(process, (totals.get(process) ?? 0) + (this.#cells[i + 1] ?? 0));
    }
    return totals;
  }

  /** Puts together what is of the same process; grows if that gave little. */
  #makeRoom(): void {
    const totals = this.totals();
    const size = totals.size * FIELDS * 2 > this.#cells.length ? this.#cells.length * 2 : this.#cells.length;
    this.#cells = new Uint32Array(size);
    this.#used = 0;
    for (const [process, count] of totals) {
      this.#cells[this.#used] = process;
      this.#cells[this.#used + 1] = Math.min(MOST, count);
      this.#used += FIELDS;
    }
  }
}

export interface CountOf<T> {
  of: T;
  count: number;
}

/** The processes and the hosts of a group, those with most stacks first. */
export function countsOf(
  counts: ProcessCounts,
  { processes }: ProcessTable,
): { processes: CountOf<MergedProcess>[]; hosts: CountOf<string>[] } {
  const byProcess: CountOf<MergedProcess>[] = [];
  const byHost = new Map<string, number>();
  for (const [number, count] of counts.totals()) {
    const process = processes[number];
    if (process === undefined) continue;
    byProcess.push({ of: process, count });
    byHost.set(process.hostname, (byHost.get(process.hostname) ?? 0) + count);
  }
  const hosts = [...byHost].map(([of, count]) => ({ of, count }));
  return {
    processes: byProcess.sort((a, b) => b.count - a.count || compareProcesses(a.of, b.of)),
    hosts: hosts.sort((a, b) => b.count - a.count || (a.of < b.of ? -1 : 1)),
  };
}

function compareProcesses(a: MergedProcess, b: MergedProcess): number {
  return a.hostname === b.hostname ? a.pid - b.pid : a.hostname < b.hostname ? -1 : 1;
}
