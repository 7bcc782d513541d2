import type { SuspendedKind } from '../await-graph/await-graph.js';
import type { HeapWords } from './heap-words.js';
import { runsModule } from './modules.js';

const REQUEST = 'system / AsyncGeneratorRequest';

export function generatorKind(words: HeapWords, generator: number): SuspendedKind {
  if (words.hiddenNamed(generator, REQUEST) !== -1) return 'async generator';
  const prototype = words.prop(generator, '__proto__');
  // The generator objects of async functions have none.
  if (prototype !== -1 && words.isObject(prototype))
    return isPlainGenerator(words, prototype) ? 'generator' : 'async generator';
  return runsModule(words, generator) ? 'module' : 'async function';
}

/** Generators of `function*` have %GeneratorPrototype% behind them. */
function isPlainGenerator(words: HeapWords, first: number): boolean {
  let prototype = first;
  for (let depth = 0; depth < 5 && prototype !== -1; depth++) {
    const tag = words.primitive(words.prop(prototype, '<symbol Symbol.toStringTag>'));
    if (tag !== null) return tag === 'Generator';
    prototype = words.prop(prototype, '__proto__');
  }
  return false;
}

/** The promises that a generator object settles: that of the async function, those asked of an async generator. */
export function ownPromises(words: HeapWords, generator: number): number[] {
  const queue = words.hiddenNamed(generator, REQUEST);
  if (queue !== -1) return requestedPromises(words, queue);
  // While it is suspended no other field of it holds an object (`input_or_debug_pos` is a number then), but for the
  // two functions that resume it, which 26.10 keeps.
  const promise = words.targets(generator, words.hidden).findLast((node) => words.isObject(node));
  return promise === undefined ? [] : [promise];
}

function requestedPromises(words: HeapWords, queue: number): number[] {
  const { heap } = words;
  const promises: number[] = [];
  const seen = new Set<number>();
  for (let request = queue; request !== -1 && !seen.has(request);) {
    seen.add(request);
    const fields = words.targets(request, words.hidden).filter((node) => heap.nodeName(node) !== REQUEST);
    const promise = fields.at(-1);
    if (promise !== undefined) promises.push(promise);
    request = words.hiddenNamed(request, REQUEST);
  }
  return promises;
}

/** What an Async-from-Sync Iterator goes over: its other field is the function `next`. */
export function syncIterator(words: HeapWords, iterator: number): number {
  return words.targets(iterator, words.hidden).find((node) => words.isObject(node)) ?? -1;
}
