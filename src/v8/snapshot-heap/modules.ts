import type { Module } from '../await-graph/heap.js';
import type { HeapWords } from './heap-words.js';

export const MODULE = 'system / SourceTextModule';

/**
 * A module's hidden edges are, in V8's order, among others: the promise, …, itself or another module as the root of its
 * cycle, and behind that the array of the modules that wait for it (20.20 to 26.10).
 */
export function readModule(words: HeapWords, module: number): Module {
  const { heap } = words;
  let promise = -1;
  let behindRoot = false;
  for (const target of words.targets(module, words.hidden)) {
    const name = heap.nodeName(target);
    if (name === MODULE) behindRoot = true;
    else if (name === 'Promise' && words.isObject(target)) promise = target;
    else if (behindRoot) {
      const waiting = [...words.targets(target, words.internal), ...words.targets(target, words.hidden)];
      return { promise, parents: waiting.filter((node) => heap.nodeName(node) === MODULE) };
    }
  }
  return { promise, parents: [] };
}

/** Whether a generator object runs a module: the scope of its function is the module's, which holds the generator. */
export function runsModule(words: HeapWords, generator: number): boolean {
  const closure = words.slot(generator, 'function');
  const scope = closure === -1 ? -1 : words.slot(closure, 'context');
  const module = scope === -1 ? -1 : words.slot(scope, 'extension');
  return module !== -1 && words.targets(module, words.hidden).includes(generator);
}
