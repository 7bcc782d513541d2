import type { ReportedProcess } from '../report/schema.js';

/** A process as reports name it. One that was started again has another pid. */
export interface MergedProcess {
  pid: number;
  serviceName: string;
  hostname: string;
}

/** The processes that reports are of, by number. */
export class ProcessTable {
  readonly processes: MergedProcess[] = [];
  readonly hosts = new Set<string>();
  readonly #numbers = new Map<string, number>();

  numberOf({ pid, serviceName, hostname }: ReportedProcess): number {
    const key = `${pid} ${JSON.stringify([serviceName, hostname])}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.hosts.add(hostname);
    this.#numbers.set(key, this.processes.length);
    return this.processes.push({ pid, serviceName, hostname }) - 1;
  }
}
