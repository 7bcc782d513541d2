// The same as an ES module: top-level await, and a busy loop that runs in turns.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

async function turn() {
  for (;;) await sleep(5); // @turn
}
// Two of them: one may be running, not suspended, when it is looked at.
void turn();
void turn();
setTimeout(() => writeSync(1, 'ready\n'), 200);
process.stdin.on('data', () => writeSync(1, 'answer\n'));
await new Promise(() => {}); // @top
