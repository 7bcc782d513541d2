import { setTimeout as sleep } from 'node:timers/promises';

async function walk(depth) {
  if (depth === 0) return await sleep(1e6); //= A0 walk
  await walk(depth - 1); //= A1 walk, A2 walk, A3 walk
}
void walk(3);
console.log('ready');
