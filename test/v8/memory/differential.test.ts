import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { PROBE } from '#src/v8/await-graph/probe.js';
import type { FlatStack } from '../../support/await-stacks.js';
import { collectByBoth } from '../../support/run-collector.js';

const program = resolve('test/apps/green-threads/generated/population.mjs');

/** As many suspended functions in so many MB of small objects. GURU_TEST_SEED: another population. */
const POPULATIONS = [
  { count: 300, megabytes: 1, seeds: 3 },
  { count: 2000, megabytes: 20, seeds: 1 },
  // A snapshot of it takes some 15 s and 1 GB.
  { count: 10_000, megabytes: 100, seeds: 1 },
];
const firstSeed = Number(process.env['GURU_TEST_SEED'] ?? 20_261_123);

for (const { count, megabytes, seeds } of POPULATIONS) {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const what = `${count} functions in ${megabytes} MB: both collectors give the same (seed ${seed})`;
    test(what, { timeout: 280_000 }, async (t) => {
      const { snapshot, memory } = await collectByBoth(program, [seed, count, megabytes].map(String));
      t.diagnostic(
        `${snapshot.suspended} functions; ms: ${JSON.stringify({ ...snapshot.ms, ...memory.ms })}`,
      );
      assert.ok(snapshot.suspended >= count);
      assert.deepEqual([memory.cut, memory.unconfirmed], [null, 0]);
      assert.deepEqual([snapshot.cut, snapshot.unconfirmed], [null, 0]);
      assertSame(memory.functions, snapshot.functions);
      assertSame(memory.stacks.map(describe), snapshot.stacks.map(describe));
    });
  }
}

test('memory right after a snapshot: what was asked by is garbage, and alters nothing', async () => {
  const isProbe = (one: string): boolean => one.includes(PROBE);
  for (let tries = 1; ; tries++) {
    const { snapshot, memory } = await collectByBoth(resolve('test/apps/v8/memory/few.mjs'), [], true);
    const others = memory.functions.filter((one) => !isProbe(one));
    assertSame(others, snapshot.functions);
    assertSame(memory.stacks.map(describe), snapshot.stacks.map(describe));
    if (others.length < memory.functions.length) return;
    assert.ok(tries < 5, 'V8 has always collected the garbage meanwhile: nothing was tested');
  }
});

function describe({ frames, waits }: FlatStack): string {
  return `${frames.join(' < ')}: ${waits?.join(', ')}`;
}

/** As multisets. Of what differs a few are enough to see why. */
function assertSame(memory: readonly string[], snapshot: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const one of memory) counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const one of snapshot) counts.set(one, (counts.get(one) ?? 0) - 1);
  const differences = [...counts].filter(([, more]) => more !== 0);
  const shown = differences
    .slice(0, 20)
    .map(([one, more]) => `${more > 0 ? 'memory' : 'snapshot'} ${Math.abs(more)} x ${one}`);
  assert.equal(differences.length, 0, `${differences.length} differences\n${shown.toSorted().join('\n')}`);
}
