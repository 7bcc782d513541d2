import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** The path of a program in `test/apps/os`. */
export function app(name: string): string {
  return fileURLToPath(new URL(`../../../test/apps/os/${name}`, import.meta.url));
}

/** Starts a program of this Node that ends, with its own children, when the test does; once it printed "ready". */
export async function startBlocked(
  t: TestContext,
  args: readonly string[],
  stdin: NonNullable<Extract<SpawnOptions['stdio'], unknown[]>>[number] = 'ignore',
): Promise<ChildProcess & { pid: number }> {
  // A group of its own, so that the shells and sleeps that it starts are ended as well.
  const child = spawn(process.execPath, [app('block.cjs'), ...args], {
    stdio: [stdin, 'pipe', 'inherit'],
    detached: true,
  });
  endWithTest(t, child);
  await once(child.stdout!, 'data');
  return child as ChildProcess & { pid: number };
}

/** Ends the process group of a detached child when the test ends, and waits for it. */
export function endWithTest(t: TestContext, child: ChildProcess): void {
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    process.kill(-child.pid!, 'SIGKILL');
    await exited;
  });
}

/** Asks again and again, for at most 20 s, until the answer is not `undefined`. */
export async function eventually<T>(ask: () => T | undefined, what: string): Promise<T> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await delay(10);
  }
  throw new Error(`never happened: ${what}`);
}
