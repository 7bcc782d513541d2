import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupOptions } from '#src/config/grouping.js';

test('secrets are masked whole, at any level', () => {
  const tree = { top: { a: 1 }, key: 's', g: { o: { p: 1, q: 2 }, r: { p: 's' } }, 'd.k': 's' };
  const secrets = new Set(['top', 'key', 'g.o', 'g.r.p', 'd.k', 'not.there']);
  assert.deepEqual(groupOptions(tree, secrets), {
    groups: { default: { 'd.k': '***', key: '***', top: '***' }, g: { o: '***', 'r.p': '***' } },
    masked: ['default.d.k', 'default.key', 'default.top', 'g.o', 'g.r.p'],
  });
});
