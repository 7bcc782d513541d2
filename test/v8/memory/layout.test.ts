import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantsOf, readV8Constants, type V8Constants } from '#src/v8/memory/constants.js';
import { layoutOf } from '#src/v8/memory/layout.js';

const own = readV8Constants(process.pid);
assert.ok(!('reason' in own));

/** The constants of this V8, but for some. */
function changed(change: (values: Map<string, number>) => void): V8Constants {
  const values = new Map<string, number>();
  const names = ['TaggedSize', 'SystemPointerSize', 'SmiValueShift', 'SmiShiftSize'];
  for (const name of names) values.set(name, (own as V8Constants).get(name)!);
  change(values);
  return constantsOf(values, 'a test');
}

test('the V8 that runs the tests has a known layout', () => {
  const layout = layoutOf(own, process.versions.v8);
  assert.ok(!('reason' in layout), JSON.stringify(layout));
  assert.ok(process.versions.v8.startsWith(`${layout.version}.`));
  assert.equal(layout.types.asyncGenerator, layout.types.asyncFunction + 1);
});

test('other versions have none', () => {
  for (const version of ['', '9.4.146', '11.30.1', '13.60', '99.1.2', '__proto__', 'constructor']) {
    assert.deepEqual(layoutOf(own, version), { reason: `the heap of V8 ${version} is not known` });
  }
});

test('pointer compression has none', () => {
  const compressed = changed((values) => values.set('TaggedSize', 4));
  const layout = layoutOf(compressed, process.versions.v8);
  assert.ok('reason' in layout && /pointer compression/.test(layout.reason));
  const smaller = changed((values) => values.set('SmiValueShift', 33));
  assert.ok('reason' in layoutOf(smaller, process.versions.v8));
});

test('a constant that is missing is told', () => {
  const layout = layoutOf(
    changed(() => {}),
    process.versions.v8,
  );
  assert.ok('reason' in layout && layout.reason.endsWith('is missing'), JSON.stringify(layout));
});
