import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SectionRegistry } from '#src/main-thread/section-registry.js';

test('sections keep the order of their registration, and each change is told', () => {
  const registry = new SectionRegistry();
  let changes = 0;
  registry.onChange = () => changes++;
  const removeFirst = registry.register('First', () => 1);
  registry.register('Second', () => 2, { text: () => '' });
  assert.deepEqual(registry.entries(), [
    { id: 1, title: 'First', views: [] },
    { id: 2, title: 'Second', views: ['text'] },
  ]);
  removeFirst();
  removeFirst();
  registry.register('Third', () => 3);
  assert.deepEqual(
    registry.entries().map(({ id, title }) => [id, title]),
    [
      [2, 'Second'],
      [3, 'Third'],
    ],
  );
  assert.equal(changes, 4);
});

test('what is no section is refused, by name', () => {
  const registry = new SectionRegistry();
  const refused = (title: unknown, generator: unknown, views?: object): void =>
    assert.throws(() => registry.register(title as string, generator as () => 0, views), {
      name: 'GuruError',
      code: 'ERR_GURU_SECTION',
      message: /^registerSection/,
    });
  refused('', () => 0);
  refused(7, () => 0);
  refused('Queues', 'no function');
  refused('Queues', () => 0, { xml: 'no function' });
  assert.deepEqual(registry.entries(), []);
});
