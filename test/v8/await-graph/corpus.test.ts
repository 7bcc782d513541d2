import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { alike, expectedStacks, inOrder } from '../../support/await-stacks.js';
import { COLLECTORS, collectAwaitGraph } from '../../support/run-collector.js';

const directory = resolve('test/apps/green-threads');
const major = Number(process.versions.node.split('.')[0]);

const OPTIONS = { concurrency: 2 };

const programs = readdirSync(directory).filter((name) => /^\w[\w-]*\.[mc]js$/.test(name));

for (const from of COLLECTORS) {
  test(`corpus from ${from}: each program has the stacks that its comments expect`, OPTIONS, async (t) => {
    await Promise.all(
      programs.map((name) =>
        t.test(name, { skip: skips(name) }, async () => {
          const file = resolve(directory, name);
          const expected = expectedStacks(readFileSync(file, 'utf8'), name);
          const collected = await collectAwaitGraph(file, [], expected, from);
          assert.deepEqual(alike(collected.stacks, expected), inOrder(expected));
          assert.equal(collected.unconfirmed, 0);
        }),
      ),
    );
  });
}

/** `// needs Node 24` in the first line. */
function skips(name: string): string | false {
  const [, needed] = /^\/\/ needs Node (\d+)/.exec(readFileSync(resolve(directory, name), 'utf8')) ?? [];
  return needed !== undefined && major < Number(needed) ? `needs Node ${needed}` : false;
}
