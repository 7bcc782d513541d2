import { once } from 'node:events';

/**
 * @param {import('./program.mjs').Program} program that runs bench/apps/ticker.mjs
 * @returns {Promise<{ longest: number, outsideGc: number }>} the longest that its timer of 1 ms had to wait since it was last
 * asked, and the same apart from V8's garbage collections; ms, where the latter counts at least 2 of the former.
 */
export async function longestWait(program) {
  const answer = once(program.child, 'message');
  program.child.send('how long?');
  const [waits] = await answer;
  return waits;
}
