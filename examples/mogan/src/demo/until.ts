import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const LONGEST_MS = 30_000;

/** What `look` finds, looking again and again until there is something; an Error naming `subject` after half a minute. */
export async function until<T>(
  subject: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited ${LONGEST_MS / 1000} s in vain for ${subject}`);
    await sleep(POLL_MS);
  }
}
