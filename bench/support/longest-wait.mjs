import { once } from 'node:events';

/**
 * @param {import('./program.mjs').Program} program that runs bench/apps/ticker.mjs
 * @returns {Promise<number>} the longest that its timer of 1 ms had to wait since it was last asked, ms.
 */
export async function longestWait(program) {
  const answer = once(program.child, 'message');
  program.child.send('how long?');
  const [{ longest }] = await answer;
  return longest;
}
