import { AGENT_KEY } from '../generation/main-thread-access.js';
import { answerWithin, type Cdp, evaluate, NO_ANSWER } from '../inspector/cdp.js';
import type { SuspendedFunction } from '../v8/await-graph/await-graph.js';
import { storeIdOf } from '../v8/memory/anchor.js';
import type { CollectedIsolate } from '../v8/memory/collect-isolate.js';

/** Asking for labels, ms. */
const LABELS_MS = 1000;
/** More stores than these are not labelled. */
const MAX_LABELLED = 5000;

/**
 * Asks the thread's agent what the application calls the stores that were found in memory. That not all could be asked for
 * is noted among the problems. Never rejects.
 */
export async function readLabels(
  cdp: Cdp,
  { graph, anchor, storeIds, problems }: CollectedIsolate,
): Promise<Map<SuspendedFunction, string>> {
  const labels = new Map<SuspendedFunction, string>();
  if (anchor === null || anchor.registries.length === 0) return labels;
  const byId = new Map<number, SuspendedFunction[]>();
  for (const suspended of graph.suspended) {
    for (const context of suspended.asyncContext) {
      const id = storeIdOf(storeIds, context);
      if (id === null) continue;
      const known = byId.get(id);
      if (known) known.push(suspended);
      else byId.set(id, [suspended]);
    }
  }
  const wanted = [...byId.keys()].slice(0, MAX_LABELLED);
  if (byId.size > wanted.length) problems.push(`only ${wanted.length} of ${byId.size} contexts are labelled`);
  try {
    const agent = `globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})]?.labels`;
    problems.push(...((await ask(cdp, `${agent}.problems`)) as string[]));
    if (wanted.length === 0) return labels;
    const batches = await ask(cdp, `${agent}.batches(${JSON.stringify(wanted)})`);
    for (const batch of batches as number[][]) {
      const texts = (await ask(cdp, `${agent}.labelStores(${JSON.stringify(batch)})`)) as (string | null)[];
      for (const [at, id] of batch.entries()) {
        const text = texts[at];
        if (typeof text !== 'string') continue;
        for (const suspended of byId.get(id) ?? []) if (!labels.has(suspended)) labels.set(suspended, text);
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error); // it ended, say; what was labelled is
    problems.push(`not all labels could be asked for: ${reason}`);
  }
  return labels;
}

/** An agent without such an answer has none to give. */
async function ask(cdp: Cdp, expression: string): Promise<unknown[]> {
  const answer = await answerWithin(evaluate(cdp, expression, LABELS_MS), LABELS_MS);
  if (answer === NO_ANSWER) throw new Error(`the thread did not answer within ${LABELS_MS} ms`);
  return Array.isArray(answer) ? (answer as unknown[]) : [];
}
