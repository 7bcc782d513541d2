import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '#src/report/schema.js';
import { groupStacks } from '#src/sections/group-stacks.js';
import { createSourceMapper } from '#src/source/source-map.js';
import { createSourceReader } from '#src/source/source-reader.js';
import type { SuspendedFunction } from '#src/v8/await-graph/await-graph.js';
import type { AwaitStack, StackBranch } from '#src/v8/await-graph/stacks.js';
import { renderText } from '#src/views/text.js';
import { sampleReport } from '../support/sample-report.js';

const reader = createSourceReader(Number.POSITIVE_INFINITY);
const sources = { reader, mapper: createSourceMapper(reader) };

function suspended(functionName: string, line: number, confirmed = true): SuspendedFunction {
  const point = { functionName, script: '/srv/app.js', position: { line, column: 3 }, confirmed };
  return { point } as SuspendedFunction;
}

function branch(names: string[], branches: StackBranch[] = []): StackBranch {
  const frames = names.map((name) => ({ via: [], suspended: suspended(name, name.length) }));
  return { frames, branches, repeated: false };
}

function stack(root: StackBranch, detail: string | null = null): AwaitStack {
  const awaits = [{ kind: 'timer' as const, detail, via: [], node: -1 }];
  return { awaits, root };
}

test('a hundred thousand functions in five stacks are five groups, and less than a hundred lines', () => {
  const kinds = [['a'], ['b', 'bb'], ['c', 'cc', 'ccc'], ['d'], ['e', 'ee']];
  const stacks = Array.from({ length: 100_000 }, (_, i) => stack(branch(kinds[i % 5] ?? []), `${i % 7} ms`));
  const groups = groupStacks(stacks, 0, sources, () => null);
  assert.deepEqual(
    groups.map(({ count, frames }) => [count, frames.map((frame) => frame.function).join()]),
    kinds.map((names) => [20_000, names.join()]),
  );
  assert.equal(groups[0]?.members?.length, 100);
  const model = { collector: 'snapshot' as const, total: 180_000, groups };
  const section = {
    title: 'Green Threads',
    kind: 'greenThreads' as const,
    status: 'ok' as const,
    durationMs: 1,
    model,
  };
  const report: Report = { ...sampleReport(), sections: [section] };
  assert.ok(renderText(report).split('\n').length < 100);
});

test('the largest group comes first, and branches in another order are the same', () => {
  const both = (order: string[]): AwaitStack =>
    stack(
      branch(
        ['shared'],
        order.map((name) => branch([name])),
      ),
    );
  const groups = groupStacks(
    [stack(branch(['one'])), both(['x', 'y', 'x']), both(['y', 'x', 'x'])],
    3,
    sources,
    () => null,
  );
  assert.deepEqual(
    groups.map(({ count, threadId }) => [count, threadId]),
    [
      [2, 3],
      [1, 3],
    ],
  );
  assert.deepEqual(
    groups[0]?.awaitedBy?.map(({ count, frames }) => [count, frames[0]?.function]),
    [
      [2, 'x'],
      [undefined, 'y'],
    ],
  );
});

test('a place that could not be asked is marked, and is another group than one that could', () => {
  const exact = stack({ frames: [{ via: [], suspended: suspended('f', 1) }], branches: [], repeated: false });
  const stood = stack({
    frames: [{ via: [], suspended: suspended('f', 1, false) }],
    branches: [],
    repeated: false,
  });
  const groups = groupStacks([exact, stood], 0, sources, () => null);
  assert.deepEqual(
    groups.map(({ frames }) => frames[0]?.approximate),
    [undefined, true],
  );
});

test('labels are the commonest of the group, and each member has its own', () => {
  const stacks = [1, 2, 3].map(() => stack(branch(['f'])));
  const labels = new Map(
    stacks.map(({ root }, i) => [root.frames[0]?.suspended, i === 1 ? 'rare' : 'common']),
  );
  const [group] = groupStacks(stacks, 0, sources, (one) => labels.get(one) ?? null);
  assert.equal(group?.label, 'common');
  assert.deepEqual(
    group?.members?.map(({ label }) => label),
    ['common', 'rare', 'common'],
  );
});
