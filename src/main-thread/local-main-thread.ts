import type { MainThreadAccess, Task, TaskOutcome } from '../generation/main-thread-access.js';
import type { StacksOfThreads } from '../v8/collected-stacks.js';
import { failedTask } from '../generation/main-thread-access.js';
import { readWorkerStacks, type ThreadCapture } from '../inspector/capture-threads.js';
import { answerWithin, type Cdp } from '../inspector/cdp.js';
import { openInProcess, whyNoInspector } from '../inspector/in-process.js';
import { getAgent } from './agent.js';

/** The main thread as a report sees it that it makes of itself, where there is no sentinel. */
export class LocalMainThread implements MainThreadAccess {
  #session: Cdp | null = null;

  async captureThreads(): Promise<ThreadCapture> {
    const reason = 'this thread makes the report: its event loop turns';
    const main = {
      kind: 'main',
      threadId: 0,
      name: 'main',
      reading: { outcome: 'not-asked', reason },
      cdp: null,
    } as const;
    const forbidden = whyNoInspector();
    if (forbidden !== null) return { threads: [main], problem: forbidden };
    try {
      this.#session = openInProcess('this-thread');
      const { threads, problem } = await readWorkerStacks(this.#session, null);
      return { threads: [main, ...threads], problem };
    } catch (error) {
      return { threads: [main], problem: error instanceof Error ? error.message : String(error) };
    }
  }

  collectStacks(): Promise<StacksOfThreads> {
    const reason = 'there is no sentinel, and heap snapshots are not read in the main thread';
    const collected = { outcome: 'skipped', reason } as const;
    return Promise.resolve({ threads: [{ threadId: 0, name: 'main', collected }], fallback: null });
  }

  openMachineStacks(): Promise<null> {
    return Promise.resolve(null); // no thread that is listed here is silent
  }

  async runTasks(tasks: readonly Task[], budgetMs: number): Promise<TaskOutcome[]> {
    const outcomes: (TaskOutcome | undefined)[] = tasks.map(() => undefined);
    const run = getAgent().runTasks(tasks, budgetMs, (index, outcome) => (outcomes[index] = outcome));
    await answerWithin(run, budgetMs);
    return outcomes.map(
      (outcome) => outcome ?? failedTask('timeout', `not done within ${Math.round(budgetMs)} ms`),
    );
  }

  close(): void {
    this.#session?.close();
    this.#session = null;
  }
}
