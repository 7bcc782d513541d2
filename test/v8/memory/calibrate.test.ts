import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { calibrate } from '#src/v8/memory/calibrate.js';
import type { Layout } from '#src/v8/memory/layout.js';
import { type KnownProcess, learnProcess } from '#src/v8/memory/reader.js';

const CAN_READ = process.platform === 'linux' && process.arch === 'x64';

/** Enough to get past collections of garbage, which a layout that is right may need. */
const TRIES = 6;

function learn(): KnownProcess {
  const known = learnProcess('self', process.versions.v8);
  assert.ok(!('reason' in known), JSON.stringify(known));
  return known;
}

/** The layout with a number in it changed. */
function changed(layout: Layout, path: string, by: number): Layout {
  const copy = structuredClone(layout);
  const names = path.split('.');
  const last = names.pop()!;
  let at = copy as unknown as { [name: string]: unknown };
  for (const name of names) at = at[name] as { [name: string]: unknown };
  assert.equal(typeof at[last], 'number', path);
  at[last] = (at[last] as number) + by;
  return copy;
}

/** Offsets, of which an answer would be wrong if they were. */
const OFFSETS = [
  'map.prototype',
  'map.descriptors',
  'map.constructorOrBackPointer',
  'descriptorArray.first',
  'object.properties',
  'object.elements',
  'nameDictionaryStart',
  'function.shared',
  'function.context',
  'bound.target',
  'shared.nameOrScopeInfo',
  'shared.script',
  'bytecode.data',
  'bytecode.sourcePositions',
  'scopeInfo.locals',
  'context.previous',
  'context.scopeInfo',
  'context.slots',
  'script.name',
  'script.lineOffset',
  'script.columnOffset',
  'generator.function',
  'generator.receiver',
  'generator.bytecodeOffset',
  'generator.continuation',
  'generator.registers',
  'generator.queue',
  'request.next',
  'request.promise',
  'promise.reactionsOrResult',
  'promise.flags',
  'reaction.next',
  'reaction.reject',
  'reaction.fulfill',
  'reaction.promiseOrCapability',
  'capability.promise',
  'module.topLevelCapability',
  'module.code',
  'module.asyncParents',
  'asyncFromSyncIterator.iterator',
  'weakRef.target',
  'collection.table',
  'heapNumber.value',
  'string.first',
  'string.parent',
  'string.actual',
] as const;

/** Instance types: those next to them are others. */
const TYPES = [
  'generator',
  'asyncFunction',
  'asyncGenerator',
  'promise',
  'promiseReaction',
  'promiseCapability',
  'asyncGeneratorRequest',
  'sourceTextModule',
  'lastContext',
  'propertyArray',
  'nameDictionary',
  'globalObject',
  'boundFunction',
  'asyncFromSyncIterator',
  'jsMap',
  'weakMap',
  'symbol',
] as const;

suite('calibration', { skip: CAN_READ ? false : 'the memory of V8 is read on Linux x64 only' }, () => {
  test('passes time and again, and learns the builtins', async () => {
    for (let time = 0; time < 3; time++) {
      const calibrated = await calibrate(learn());
      assert.ok(!('reason' in calibrated), JSON.stringify(calibrated));
      assert.ok([...calibrated.known.builtins.values()].includes('AsyncIteratorValueUnwrap'));
      assert.notEqual(calibrated.ownHeap, 0);
    }
  });

  test('passes while garbage is made and collected', async () => {
    const ended = new AbortController();
    let kept: unknown[] = [];
    const allocate = async (): Promise<void> => {
      for (let round = 0; !ended.signal.aborted; round++) {
        if (round % 20 === 0) kept = [];
        for (let at = 0; at < 5000; at++) kept.push({ at, list: [at], text: `text ${at}` });
        await new Promise(setImmediate);
      }
    };
    const allocating = allocate();
    try {
      for (let time = 0; time < 3; time++) {
        const calibrated = await calibrate(learn());
        assert.ok(!('reason' in calibrated), JSON.stringify(calibrated));
        await new Promise(setImmediate);
      }
    } finally {
      ended.abort();
      await allocating;
    }
  });

  test('leaves nothing behind that waits', async () => {
    let left = 0;
    const count = (): void => void left++;
    process.on('unhandledRejection', count);
    try {
      await calibrate(learn());
      await new Promise(setImmediate);
      assert.equal(left, 0);
    } finally {
      process.off('unhandledRejection', count);
    }
  });

  for (const by of [8, -8]) {
    test(`no offset that counts may be wrong by ${by}`, async () => {
      const known = learn();
      for (const path of OFFSETS) await refuses(known, path, by);
    });
  }

  for (const by of [1, -1]) {
    test(`no type that counts may be wrong by ${by}`, async () => {
      const known = learn();
      for (const type of TYPES) await refuses(known, `types.${type}`, by);
    });
  }
});

async function refuses(known: KnownProcess, path: string, by: number): Promise<void> {
  const layout = changed(known.layout, path, by);
  const calibrated = await calibrate({ ...known, layout, isolates: new Map() }, undefined, TRIES);
  assert.ok('reason' in calibrated, `${path} ${by} was accepted`);
  assert.match(calibrated.reason, /^its layout is not as expected: .+$/);
}
