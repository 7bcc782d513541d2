// Compiled with a map in a file of its own, without its text: that is read from here.
import { writeSync } from 'node:fs';

type Turns = { count: number };

export async function spin(turns: Turns): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  writeSync(1, 'ready\n');
  for (;;) { // @spin
    turns.count++;
  }
}

async function run(): Promise<void> {
  await spin({ count: 0 } satisfies Turns); // @run
}

void run();
