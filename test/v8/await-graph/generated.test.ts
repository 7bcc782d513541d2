import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { alike, columnOf, type FlatStack, inOrder } from '../../support/await-stacks.js';
import { COLLECTORS, collectAwaitGraph } from '../../support/run-collector.js';

const program = resolve('test/apps/green-threads/generated/random-tree.mjs');
const seeds = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];

for (const from of COLLECTORS) {
  test(`random trees of awaits are found as they were made, from ${from}`, { concurrency: 2 }, async (t) => {
    const places = placesIn(readFileSync(program, 'utf8'));
    await Promise.all(
      seeds.map((seed) =>
        t.test(`seed ${seed}`, async () => {
          const { stdout } = await promisify(execFile)(process.execPath, [program, String(seed), 'expected']);
          const expected: FlatStack[] = (JSON.parse(stdout) as string[][]).map((way) => ({
            frames: way.map((frame) => (frame.startsWith('[') ? frame : `${frame} ${places.get(frame)}`)),
            waits: ['timer 100000000 ms'],
          }));
          const collected = await collectAwaitGraph(program, [String(seed)], expected, from);
          assert.deepEqual(alike(collected.stacks, expected), inOrder(expected));
          assert.equal(collected.unconfirmed, 0);
        }),
      ),
    );
  });
}

/** The place of each function, from the lines that name it. */
function placesIn(source: string): Map<string, string> {
  const places = new Map<string, string>();
  for (const [at, line] of source.split('\n').entries()) {
    const [, name] = /\/\/@ (\w+)$/.exec(line) ?? [];
    if (name !== undefined) places.set(name, `random-tree.mjs:${at + 1}:${columnOf(line)}`);
  }
  return places;
}
