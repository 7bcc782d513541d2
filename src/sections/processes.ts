import type { Pid } from '../os/pid.js';
import { readProcessTree } from '../os/processes.js';
import type { SectionResult } from './section-result.js';

/** The Processes section: the process and all its descendants. Secrets in command lines are masked later. */
export function collectProcesses(pid: Pid): SectionResult<'processes'> {
  const { tree, problem } = readProcessTree(pid);
  if (tree === null) return { status: 'failed', reason: problem ?? 'the process was not found', model: null };
  if (problem !== null) return { status: 'partial', reason: problem, model: tree };
  return { status: 'ok', model: tree };
}
