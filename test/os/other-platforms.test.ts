import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { readProcessTree } from '#src/os/processes.js';
import { readThreads } from '#src/os/threads.js';

// Only the choice can be tested here: that nothing fails where there is less to read.
const real = process.platform;

function pretend(platform: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: platform });
}

afterEach(() => pretend(real));

test('threads are a problem in words', () => {
  for (const platform of ['darwin', 'win32', 'freebsd'] as const) {
    pretend(platform);
    assert.deepEqual(readThreads('self'), {
      threads: [],
      problem: `the operating system's view of threads cannot be read on ${platform}`,
    });
  }
});

test('Windows: the own process alone', () => {
  pretend('win32');
  const { tree, problem } = readProcessTree('self');
  assert.equal(tree?.pid, process.pid);
  assert.equal(tree.state, 'unknown');
  assert.deepEqual(tree.command, process.argv);
  assert.deepEqual(tree.children, []);
  assert.match(problem!, /Windows/);
  assert.equal(readProcessTree(process.pid).tree?.pid, process.pid);
  assert.equal(readProcessTree(1).tree, null);
});

test('macOS: without ps a problem in words', () => {
  const path = process.env['PATH'];
  pretend('darwin');
  process.env['PATH'] = '/nonexistent';
  try {
    const { tree, problem } = readProcessTree('self');
    assert.equal(tree, null);
    assert.match(problem!, /^ps failed: .*ENOENT/);
  } finally {
    process.env['PATH'] = path;
  }
});
