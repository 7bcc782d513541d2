import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openMemory } from '#src/os/linux/memory.js';
import { contextInfo, contextOf, debugName } from '#src/v8/memory/functions.js';
import {
  asyncFromSyncIterator,
  type GeneratorFields,
  generatorFields,
  generatorPosition,
  generatorState,
  moduleFields,
  promiseFields,
  reactionFields,
} from '#src/v8/memory/generators.js';
import { className, elements, property, receiverName } from '#src/v8/memory/objects.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { lineColumn, scriptName } from '#src/v8/memory/scripts.js';
import { TaggedHeap } from '#src/v8/memory/tagged-heap.js';
import { anonymousMemory, Cleanups, ownLayout, printedAddress, startReady } from './support.js';

/** A frame of V8's stack trace. */
interface Frame {
  text: string;
  name: string | null;
  type: string | null;
  script: string | null;
  line: number;
  column: number;
}

interface Answers {
  truth: Frame[][];
  places: {
    location: { scriptId: string; lineNumber: number; columnNumber: number } | null;
    state: string | null;
  }[];
}

const MODES: { name: string; flags: string[]; mode?: string }[] = [
  { name: 'as they are', flags: [] },
  { name: 'all compiled to machine code at once', flags: ['--always-sparkplug'] },
  { name: 'each with an interpreter entry of its own', flags: ['--interpreted-frames-native-stack'] },
  { name: 'optimized', flags: [], mode: 'optimized' },
  // V8 makes tables of positions as late as when a stack trace needs them. Another run of the program tells the truth.
  { name: 'never in a stack trace', flags: [], mode: 'unseen' },
  { name: 'under a debugger', flags: [], mode: 'debugger' },
];

for (const { name, flags, mode } of MODES) {
  suite(`places of suspended functions, ${name}, in Node ${process.versions.node}`, () => {
    const cleanups = new Cleanups();
    let heap: TaggedHeap;
    let holder: number;
    let answers: Answers;

    before(async () => {
      const directory = mkdtempSync(join(tmpdir(), 'guru-memory-'));
      cleanups.after(() => rmSync(directory, { recursive: true, force: true }));
      const file = join(directory, 'truth.json');
      const { pid, output } = await startReady(cleanups, 'positions.mjs', [file, mode ?? ''], flags);
      const memory = openMemory(pid);
      assert.ok(memory);
      cleanups.after(() => memory.close());
      heap = new TaggedHeap(new PagedMemory(memory), ownLayout(), anonymousMemory(pid));
      holder = heap.objectOf(printedAddress(output));
      if (mode === 'unseen') await startReady(cleanups, 'positions.mjs', [file], flags);
      answers = JSON.parse(readFileSync(file, 'utf8')) as Answers;
    });
    after(() => cleanups.run());

    /** The functions that await a promise directly, by the callbacks that its reactions have. */
    const awaiting = (promise: number): number[] => {
      const found: number[] = [];
      for (let next = promiseFields(heap, promise)?.reactions ?? 0; next !== 0;) {
        const reaction = reactionFields(heap, next);
        assert.ok(reaction);
        const { extension } = contextInfo(heap, contextOf(heap, reaction.fulfill));
        if (generatorState(heap, extension)) found.push(extension);
        next = reaction.next;
      }
      return found;
    };
    const frameOf = (generator: number): Omit<Frame, 'text' | 'type'> => {
      const place = generatorPosition(heap, generator);
      assert.ok(place);
      const at = lineColumn(heap, place.script, place.position);
      assert.ok(at);
      const fn = generatorFields(heap, generator)!.function;
      return { name: debugName(heap, fn) || null, script: scriptName(heap, place.script) || null, ...at };
    };

    test('async functions are where V8 says, along the whole chain', () => {
      const promises = elements(heap, property(heap, holder, 'awaited'), 10_000);
      assert.equal(promises.length, answers.truth.length);
      let compared = 0;
      for (const [index, expected] of answers.truth.entries()) {
        let promise = promises[index]!;
        for (const { text, type, ...frame } of expected) {
          const [generator] = awaiting(promise);
          if (generator === undefined) break; // V8 knows more ways than this test
          assert.deepEqual(frameOf(generator), frame, text);
          const fields = generatorFields(heap, generator)!;
          assert.equal(generatorState(heap, generator)!.continuation >= 0, true);
          assertReceiver(fields, type, text);
          compared++;
          promise = fields.promises[0]!;
          if (promise === undefined) break;
        }
      }
      // The chain of a module goes on over its importers, which are no frames.
      assert.ok(compared > 240, String(compared));
    });

    const assertReceiver = ({ receiver }: GeneratorFields, type: string | null, text: string): void => {
      const { types } = heap.layout;
      // Those of primitives are not objects yet; that of undefined is none; the global object is not told.
      if (type === null || heap.type(receiver) < types.firstReceiver) return;
      if (heap.type(receiver) === types.globalProxy) return;
      const name = receiverName(heap, receiver);
      // In Node 20 classes go by their own names in the text only.
      assert.ok(name === type || text.startsWith(`async ${name}.`), `${name} in ${text}`);
    };

    test('modules lead to the function that runs them, and to those that wait for them', () => {
      const context = contextInfo(heap, contextOf(heap, property(heap, holder, 'inModule')));
      assert.equal(context.kind, 'module');
      const module = moduleFields(heap, context.extension)!;
      assert.equal(generatorFields(heap, module.generator)?.kind, 'asyncFunction');
      assert.ok(frameOf(module.generator).script?.endsWith('/positions-module.mjs'));
      assert.equal(module.cycleRoot, context.extension);
      // The parent has the promise of the import, and nobody waits for it.
      assert.equal(module.topLevelPromise, 0);
      assert.equal(module.asyncParents.length, 1);
      const parent = moduleFields(heap, module.asyncParents[0]!)!;
      assert.equal(promiseFields(heap, parent.topLevelPromise)?.state, 'pending');
      assert.deepEqual(parent.asyncParents, []);
      assert.equal(generatorFields(heap, parent.generator)?.kind, 'generator'); // it has not begun
    });

    test('a loop over a synchronous iterator leads to the iterator', () => {
      const promises = elements(heap, property(heap, holder, 'awaited'), 10_000);
      const iterators = promises
        .flatMap((promise) => awaiting(promise))
        .flatMap((generator) => generatorFields(heap, generator)!.registers)
        .map((register) => asyncFromSyncIterator(heap, register))
        .filter((iterator) => iterator !== 0);
      assert.ok(iterators.length > 0);
      for (const iterator of iterators) assert.equal(className(heap, iterator), 'Array Iterator');
    });

    test('generators are where the inspector says', () => {
      const generators = elements(heap, property(heap, holder, 'generators'), 100);
      assert.equal(generators.length, answers.places.length);
      for (const [index, { location, state }] of answers.places.entries()) {
        const generator = generators[index]!;
        const { continuation } = generatorState(heap, generator)!;
        assert.equal(continuation >= 0 ? 'suspended' : 'closed', state);
        const place = generatorPosition(heap, generator);
        if (state !== 'suspended') {
          assert.equal(place, null);
          continue;
        }
        assert.ok(place && location);
        const at = lineColumn(heap, place.script, place.position);
        assert.deepEqual(at, { line: location.lineNumber + 1, column: location.columnNumber + 1 });
      }
    });
  });
}
