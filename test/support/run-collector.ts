import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FlatStack } from './await-stacks.js';
import type { Collected } from './collect-await-graph-worker.js';

const collector = fileURLToPath(new URL('./collect-await-graph.js', import.meta.url));
const PATIENCE_MS = 270_000;

export const COLLECTORS = ['snapshot', 'memory'] as const;

export type Collector = (typeof COLLECTORS)[number];

/**
 * Runs a program until it prints `ready`, and gives its await graph. The graph is taken again while its stacks are not
 * those expected, a few times: the program may still be on its way.
 */
export async function collectAwaitGraph(
  program: string,
  args: readonly string[] = [],
  expected?: readonly FlatStack[],
  from: Collector = 'snapshot',
): Promise<Collected> {
  const env = expected === undefined ? {} : { GURU_TEST_EXPECTED: JSON.stringify(expected) };
  return (await run(program, args, { GURU_TEST_COLLECTOR: from, ...env })) as Collected;
}

/**
 * The await graphs of one and the same process, taken by one collector after the other.
 *
 * @param unswept what the first leaves behind is still there for the second
 */
export async function collectByBoth(
  program: string,
  args: readonly string[],
  unswept = false,
): Promise<{ [from in Collector]: Collected & { functions: string[] } }> {
  const env = { GURU_TEST_COLLECTOR: unswept ? 'both, unswept' : 'both' };
  return (await run(program, args, env)) as Awaited<ReturnType<typeof collectByBoth>>;
}

async function run(program: string, args: readonly string[], env: Record<string, string>): Promise<unknown> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', collector, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const exited = once(child, 'exit');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    for await (const line of createInterface(child.stdout)) return JSON.parse(line) as unknown;
    await exited;
    throw new Error(`the program gave no await graph: ${child.exitCode ?? child.signalCode}\n${stderr}`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await exited;
  }
}
