import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  boundTarget,
  builtinId,
  contextInfo,
  contextOf,
  debugName,
  functionBytecode,
  functionName,
  functionStart,
  isFunction,
  scriptOf,
} from '#src/v8/memory/functions.js';
import {
  capabilityPromise,
  generatorFields,
  generatorKind,
  promiseFields,
  reactionFields,
} from '#src/v8/memory/generators.js';
import {
  className,
  describeSlot,
  elements,
  mapEntries,
  numberValue,
  properties,
  property,
  prototypeOf,
  weakRefTarget,
} from '#src/v8/memory/objects.js';
import { lineColumn, scriptName, scriptSourceUrl } from '#src/v8/memory/scripts.js';
import { readString } from '#src/v8/memory/strings.js';
import { Cleanups, type HeldObjects, type Reference, startObjects } from './support.js';

/** What V8 has no value of, but computes: `length` of arrays, `name` of functions. */
const COMPUTED = ['length', 'name', 'prototype', 'stack', 'arguments', 'caller', '<symbol Symbol.iterator>'];

suite(`objects of every kind in the memory of Node ${process.versions.node}`, () => {
  const cleanups = new Cleanups();
  let held: HeldObjects;
  before(async () => {
    held = await startObjects(cleanups);
  });
  after(() => cleanups.run());

  const named = (name: string): number => {
    const index = held.names.get(name);
    assert.notEqual(index, undefined, name);
    return held.objects[index!]!;
  };
  const inside = (object: number, ...path: string[]): number => {
    for (const name of path) object = property(held.heap, object, name);
    return object;
  };
  const nodesOf = (type: string): [object: number, node: number][] => {
    const { graph, nodes, objects } = held;
    const number = graph.nodeTypeNumber(type);
    const pairs = objects.map((object, index): [number, number] => [object, nodes[index]!]);
    return pairs.filter(([, node]) => graph.nodeType(node) === number);
  };
  const refersTo = (value: number, reference: Reference): boolean => {
    const { heap, objects } = held;
    if (reference === null) return true; // a kind of value that the test does not compare
    if ('held' in reference) return value === objects[reference.held];
    if ('string' in reference) return readString(heap, value, 50) === reference.string;
    const number = numberValue(heap, value);
    return (Object.is(number, -0) ? '-0' : String(number)) === reference.number;
  };

  test('functions are called what they are called in a heap snapshot', () => {
    const closures = nodesOf('closure');
    assert.ok(closures.length > 1500);
    for (const [object, node] of closures) {
      assert.equal(functionName(held.heap, object), held.graph.nodeName(node));
    }
  });

  test('functions begin where they begin in a heap snapshot', () => {
    const { heap, graph } = held;
    let located = 0;
    for (const [object, node] of nodesOf('closure')) {
      const location = graph.location(node);
      const script = scriptOf(heap, object);
      if (location === null) continue;
      located++;
      const place = lineColumn(heap, script, functionStart(heap, object));
      assert.deepEqual(place, { line: location.line + 1, column: location.column + 1 }, graph.nodeName(node));
    }
    assert.ok(located > 1000);
  });

  test('objects have the class names that they have in a heap snapshot', () => {
    const objects = nodesOf('object');
    assert.ok(objects.length > 1000);
    for (const [object, node] of objects) {
      const name = className(held.heap, object);
      const expected = held.graph.nodeName(node);
      // From 26 on snapshots add to the names of global objects.
      if (expected.startsWith('global')) assert.ok(expected.startsWith(name));
      else assert.equal(name, expected);
    }
    assert.equal(className(held.heap, named('derived')), 'Derived');
    assert.equal(className(held.heap, named('tagged')), 'Tagged');
    assert.equal(className(held.heap, named('regexp')), 'RegExp');
    assert.equal(className(held.heap, named('old')), 'OldStyle');
    assert.equal(className(held.heap, named('noObject')), 'NoObjectPrototype');
    assert.equal(className(held.heap, named('hot')), 'Function');
    assert.equal(className(held.heap, named('proxy')), 'Object');
  });

  test('prototypes are those of the program', () => {
    const { heap, objects, truth } = held;
    for (const [index, object] of objects.entries()) {
      const { prototype } = truth[index]!;
      if (prototype === -1) assert.ok(heap.isObject(prototypeOf(heap, object)));
      else assert.equal(prototypeOf(heap, object), prototype === null ? 0 : objects[prototype]);
    }
  });

  test('data properties are those of the program, in objects of all forms', () => {
    const { heap, objects, truth } = held;
    let compared = 0;
    for (const [index, object] of objects.entries()) {
      const expected = truth[index]!.properties;
      const found = new Map(properties(heap, object).map(({ name, value }) => [name, value]));
      for (const [name, reference] of Object.entries(expected)) {
        const where = `${className(heap, object)} ${name}`;
        if (!found.has(name)) {
          assert.ok(COMPUTED.includes(name), where);
          continue;
        }
        compared++;
        assert.ok(refersTo(found.get(name)!, reference), `${where} ${JSON.stringify(reference)}`);
        // Several symbols may have one description.
        if (!name.startsWith('<')) assert.equal(property(heap, object, name), found.get(name), where);
      }
      // Private ones are V8's alone.
      const own = [...found.keys()].filter((name) => !name.startsWith('<symbol '));
      assert.deepEqual(
        own.filter((name) => !Object.hasOwn(expected, name)),
        [],
      );
    }
    assert.ok(compared > 3000);
    assert.equal(property(heap, named('base'), 'nothing'), 0);
    assert.equal(numberValue(heap, inside(named('dictionary'), 'key198', 'index')), 198);
    assert.equal(property(heap, named('dictionary'), 'key7'), 0);
    assert.equal(readString(heap, inside(named('rope'), 'rope'), 8), 'leftleft');
  });

  test('entries of maps are those of the program, in order, without those that were deleted', () => {
    const { heap, objects, truth } = held;
    let maps = 0;
    for (const [index, object] of objects.entries()) {
      const { entries } = truth[index]!;
      if (entries === undefined) continue;
      maps++;
      const found = mapEntries(heap, object, 2000);
      assert.equal(found.length, entries.length);
      for (const [at, [key, value]] of found.entries()) {
        const [expectedKey, expectedValue] = entries[at]!;
        assert.ok(refersTo(key, expectedKey) && refersTo(value, expectedValue), JSON.stringify(entries[at]));
      }
    }
    assert.ok(maps > 3);
    assert.equal(mapEntries(heap, named('bigMap'), 10).length, 10);
    assert.deepEqual(mapEntries(heap, named('key'), 10), []);
  });

  test('weak references, bound functions and elements', () => {
    const { heap } = held;
    assert.equal(weakRefTarget(heap, named('weak')), named('key'));
    assert.equal(boundTarget(heap, named('bound')), named('neverCalled'));
    assert.equal(boundTarget(heap, named('boundTwice')), named('neverCalled'));
    assert.equal(boundTarget(heap, named('neverCalled')), 0);
    assert.equal(className(heap, elements(heap, named('array'), 10)[0]!), 'Object');
    assert.equal(elements(heap, named('array'), 10).length, 3); // an object, an array, a string
    assert.equal(elements(heap, named('bigMap'), 10).length, 0);
  });

  test('variables of contexts have their names and values', () => {
    const { heap } = held;
    const again = contextInfo(heap, contextOf(heap, named('again')));
    assert.equal(again.kind, 'function');
    const values = new Map(again.variables.map(({ name, value }) => [name, value]));
    assert.deepEqual([...values.keys()].sort(), ['count', 'limit', 'text']);
    assert.equal(numberValue(heap, values.get('count')!), 2);
    assert.equal(readString(heap, values.get('text')!, 10), 'abb');
    assert.equal(numberValue(heap, inside(values.get('limit')!, 'most')), 3);
    assert.ok(again.slots.includes(values.get('limit')!));

    const many = contextInfo(heap, contextOf(heap, named('manyVariables')));
    assert.equal(many.variables.length, 100);
    for (const { name, value } of many.variables)
      assert.equal(`v${numberValue(heap, inside(value, 'at'))}`, name);

    const self = contextInfo(heap, contextOf(heap, named('selfNamed')));
    const chain = [self, contextInfo(heap, self.previous)];
    const factorial = chain.flatMap(({ variables }) => variables).find(({ name }) => name === 'factorial');
    assert.equal(functionName(heap, factorial!.value), 'factorial');
    assert.deepEqual(contextInfo(heap, named('key')), {
      kind: null,
      previous: 0,
      extension: 0,
      variables: [],
      slots: [],
    });
  });

  test('slots are told by the name of what is in them', () => {
    const { heap } = held;
    const slot = (holder: number, value: number): number => {
      for (let offset = 8; offset < heap.size(holder); offset += 8) {
        if (heap.value(holder, offset) === value) return offset;
      }
      throw new Error('no slot has it');
    };
    const base = named('derived');
    const key = named('key');
    assert.deepEqual(describeSlot(heap, base, slot(base, inside(base, 'extra'))), {
      type: 'property',
      name: 'extra',
    });
    const context = contextOf(heap, named('again'));
    const limit = contextInfo(heap, context).variables.find(({ name }) => name === 'limit')!.value;
    assert.deepEqual(describeSlot(heap, context, slot(context, limit)), { type: 'context', name: 'limit' });
    const array = heap.field(named('array'), heap.layout.object.elements);
    assert.deepEqual(describeSlot(heap, array, slot(array, elements(heap, array, 9)[0]!)), {
      type: 'element',
      name: 1,
    });
    assert.deepEqual(describeSlot(heap, key, 0), { type: 'internal', name: 0 });
  });

  test('functions have their scripts, names for stack traces and bytecode', () => {
    const { heap } = held;
    assert.equal(scriptName(heap, scriptOf(heap, named('fn'))), 'in the vm.js');
    assert.equal(scriptSourceUrl(heap, scriptOf(heap, named('evaluated'))), 'named-by-comment.js');
    assert.equal(scriptName(heap, scriptOf(heap, named('evaluated'))), '');
    assert.equal(debugName(heap, named('renamed')), 'renamed');
    assert.equal(functionName(heap, named('renamed')), 'original');
    assert.equal(heap.type(functionBytecode(heap, named('hot'))), heap.layout.types.bytecodeArray);
    assert.equal(functionBytecode(heap, named('neverCalled')), 0);
  });

  test('builtins have numbers, functions of the program have none', () => {
    const { heap } = held;
    const numbers = ['then', 'catch', 'finally'].map((name) =>
      builtinId(heap, inside(prototypeOf(heap, named('promise')), name)),
    );
    assert.ok(numbers.every((number) => number > 0));
    assert.equal(new Set(numbers).size, 3);
    assert.equal(builtinId(heap, named('hot')), -1);
    assert.equal(builtinId(heap, named('neverCalled')), -1);
    assert.ok(isFunction(heap, named('hot')) && !isFunction(heap, named('key')));
  });

  test('strings of all representations are read, up to a limit', () => {
    const { heap } = held;
    const strings = named('strings');
    const deepRope = Array.from({ length: 3000 }, (_, index) => String(index)).join('');
    assert.equal(readString(heap, inside(strings, 'deepRope'), 1e6), deepRope);
    const mixed = readString(heap, inside(strings, 'mixed'), 1e6)!;
    assert.ok(mixed.startsWith(`${deepRope}\u2192thin `));
    assert.equal(readString(heap, inside(strings, 'mixed'), 7), mixed.slice(0, 7));
    assert.equal(
      readString(heap, inside(strings, 'sliced'), 1e6),
      'abcdefghijklmnopqrstuvwxyz'.repeat(9).slice(30, 90),
    );
    assert.equal(
      readString(heap, inside(strings, 'slicedTwo'), 1e6),
      '\u2192abcdefghij'.repeat(9).slice(5, 70),
    );
    assert.equal(readString(heap, inside(strings, 'twoByte'), 1e6), 'arrow \u2192 and \ud83d\ude00');
    assert.equal(readString(heap, inside(strings, 'empty'), 10), '');
    assert.equal(readString(heap, strings, 10), null);
  });

  test('promises have their states, results and reactions', () => {
    const { heap } = held;
    assert.deepEqual(promiseFields(heap, named('promise')), {
      state: 'fulfilled',
      pending: false,
      reactions: 0,
      result: named('key'),
    });
    assert.equal(promiseFields(heap, named('rejected'))?.state, 'rejected');
    assert.equal(promiseFields(heap, named('rejected'))?.result, named('key'));
    assert.deepEqual(promiseFields(heap, named('pending')), {
      state: 'pending',
      pending: true,
      reactions: 0,
      result: 0,
    });
    assert.equal(promiseFields(heap, named('key')), null);

    const plain = reactionFields(heap, promiseFields(heap, named('inStorage'))!.reactions)!;
    assert.equal(plain.next, 0);
    assert.equal(plain.fulfill, named('again'));
    assert.equal(plain.reject, named('hot'));
    assert.equal(plain.promiseOrCapability, named('chained'));

    const sub = reactionFields(heap, promiseFields(heap, named('subPromise'))!.reactions)!;
    assert.equal(sub.reject, 0);
    assert.equal(capabilityPromise(heap, sub.promiseOrCapability), named('subDerived'));
    assert.equal(capabilityPromise(heap, plain.promiseOrCapability), 0);
  });

  test('reactions lead to the stores of AsyncLocalStorage where V8 keeps them there', () => {
    const { heap } = held;
    const { asyncContext } = reactionFields(heap, promiseFields(heap, named('inStorage'))!.reactions)!;
    if (Number(process.versions.node.split('.')[0]) < 24) {
      assert.equal(asyncContext, 0);
      const symbols = properties(heap, named('chained')).filter(({ value }) => value === named('store'));
      assert.deepEqual(
        symbols.map(({ name }) => name),
        ['<symbol kResourceStore>'],
      );
      return;
    }
    assert.deepEqual(mapEntries(heap, asyncContext, 10), [[named('storage'), named('store')]]);
  });

  test('generators have their functions, and the calls that wait for them', () => {
    const { heap } = held;
    const fields = generatorFields(heap, named('started'))!;
    assert.equal(fields.kind, 'asyncGenerator');
    assert.equal(fields.function, named('asyncGenerator'));
    assert.equal(fields.isAwaiting, true);
    assert.equal(fields.requests.length, 2);
    assert.equal(fields.promises.length, 2);
    assert.ok(fields.promises.every((promise) => promiseFields(heap, promise)?.pending));
    assert.equal(generatorKind(heap, named('gen')), 'generator');
    assert.equal(generatorFields(heap, named('key')), null);
  });
});
