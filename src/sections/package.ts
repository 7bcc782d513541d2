import type { PackageModel } from '../report/schema.js';

/** What the main thread knows of its process and does not change: given to the sentinel at its start. */
export interface ProcessFacts {
  hostname: string;
  /** `process.argv[1]`, absolute; `null` where there is no main script. */
  mainScript: string | null;
  argv: string[];
  execArgv: string[];
  /** The environment as it was at set-up. */
  environment: Record<string, string>;
  /** Why the inspector cannot be used in this process; `null` if it can. */
  inspectorProblem: string | null;
  /** When the process started, ms since the epoch. */
  startedAt: number;
  /** What to put before a path of a process that has another root directory, to open the file. */
  root?: string;
}

/** What software this is: the application's word for itself, and the runtime that it runs on. */
export function describePackage(
  identity: { vendor: string | null; product: string | null; version: string | null },
  facts: ProcessFacts,
): PackageModel {
  return {
    ...identity,
    nodeVersion: process.version,
    v8Version: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    execPath: process.execPath,
    mainScript: facts.mainScript,
    cwd: currentDirectory(),
    startedAt: new Date(facts.startedAt).toISOString(),
    uptimeSeconds: Math.round(process.uptime() * 10) / 10, // the process's own, in workers too (20.20)
  };
}

function currentDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null; // the directory was removed
  }
}
