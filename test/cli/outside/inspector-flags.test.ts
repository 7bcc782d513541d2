import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectorFlags } from '#src/cli/dump/outside/inspector-flags.js';

const words = (text: string): string[] => (text === '' ? [] : text.split(' '));

test('where the inspector is, or would be', () => {
  const flags = (text: string): [boolean, number | null] => {
    const { isOpen, port } = inspectorFlags(words(text));
    return [isOpen, port];
  };
  for (const text of ['--inspect-brk', '--inspect-wait=0'])
    assert.ok(inspectorFlags(words(text)).waits, text);
  for (const text of ['--inspect', '--inspect-port=0']) assert.ok(!inspectorFlags(words(text)).waits, text);
  assert.deepEqual(flags(''), [false, 9229]);
  assert.deepEqual(flags('--inspect'), [true, 9229]);
  assert.deepEqual(flags('--inspect=0'), [true, null]);
  assert.deepEqual(flags('--inspect-brk=0.0.0.0:9300'), [true, 9300]);
  assert.deepEqual(flags('--inspect=[::1]:9300'), [true, 9300]);
  assert.deepEqual(flags('--inspect-port=9301'), [false, 9301]);
  assert.deepEqual(flags('--inspect-port 9301'), [false, 9301]);
  assert.deepEqual(flags('--inspect=9300 --debug-port=9301'), [true, 9301]);
  assert.deepEqual(flags('--inspect=localhost'), [true, 9229]);
});
