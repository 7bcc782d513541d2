import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStat } from '#src/os/linux/stat.js';

const REST =
  '5098 4021 34816 5098 4194304 4127 0 0 0 12 34 0 0 20 0 11 0 110194 634 12047 18446744073709551615';

test('reads what stands behind the name, whatever the name is', () => {
  for (const name of ['node', 'tmux: server', 'a) S 1 (b', ')', '((sd-pam))', '']) {
    assert.deepEqual(parseStat(`5098 (${name}) S 4021 ${REST}\n`), {
      id: 5098,
      name,
      state: 'S',
      ppid: 4021,
      userTicks: 12,
      systemTicks: 34,
      startTicks: 110194,
    });
  }
});

test('takes back what the kernel escapes in a name', () => {
  assert.equal(parseStat(`7 (a\\nb\\\\n) R 1 ${REST}`)?.name, 'a\nb\\n');
});

test('takes nothing else for such a line', () => {
  for (const text of ['', '\n', '5098', '5098 (node', '5098 (node) S 4021', '(node) S 1 2 3']) {
    assert.equal(parseStat(text), null, text);
  }
});
