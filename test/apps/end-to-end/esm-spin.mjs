// An ES module that spins in a function of its own.
import { writeSync } from 'node:fs';

export function spin() {
  writeSync(1, 'ready\n');
  for (let turns = 0; ; ) turns++; // @spin
}

setImmediate(function tick() {
  spin(); // @tick
});
