/**
 * Requests as data: which functions call which, in which order their leaves are let go, and which stacks there are in between.
 * The program runs them, and what checks its reports knows them, from nothing but the same seeds.
 */

const MAX_DEPTH = 6;
const MAX_NODES = 24;

/** What stands between a child and its parent's parent: the frames that the parent adds, innermost first. */
const FRAMES = {
  plain: () => ['plain'],
  returned: () => ['returned'],
  variable: () => ['variable'],
  burdened: () => ['burdened'],
  then: () => ['[then parse]', 'then'],
  caught: () => ['[catch explain]', 'caught'],
  closed: () => ['[finally close]', 'closed'],
  chained: () => ['[then first]', '[then second]', 'chained'],
  constructed: () => ['[new Promise]', 'constructed'],
  thenable: () => ['[new Promise]', 'thenable'],
  generated: () => ['generate', 'generated'],
  delegated: () => ['generate', 'delegate', 'delegated'],
  all: (index) => [`[Promise.all ${index + 1}]`, 'all'],
  allSettled: (index) => [`[Promise.allSettled ${index}]`, 'allSettled'],
  any: (index) => [`[Promise.any ${index}]`, 'any'],
  race: () => ['[Promise.race]', 'race'],
};
/** What each leaf waits for. */
export const WAITS = { gate: 'a promise: Map', timer: 'timer: 100000000 ms', event: "event: 'go' of EventEmitter" };
const LEAVES = Object.keys(WAITS);
const SEVERAL = ['all', 'allSettled', 'any', 'race'];
const SINGLE = Object.keys(FRAMES).filter((kind) => !SEVERAL.includes(kind));

/** Numbers from seeds: the same everywhere (mulberry32). */
export function randomOf(...seeds) {
  let state = seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) ^ (hash >>> 15), 0x2545f491) >>> 0;
  return function below(limit) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** One request: `root`, to be run, and `steps`: the leaves that are let go together, one step after the other. */
export function makeRequest(...seeds) {
  const below = randomOf(...seeds);
  let nodes = 0;
  const grow = (depth) => {
    nodes++;
    const roll = below(10);
    if (depth === 0 || nodes > MAX_NODES || (roll === 0 && depth < MAX_DEPTH))
      return { kind: LEAVES[below(LEAVES.length)], id: nodes, children: [] };
    if (roll < 7) return { kind: SINGLE[below(SINGLE.length)], children: [grow(depth - 1)] };
    const children = Array.from({ length: 2 + below(3) }, () => grow(depth - 1));
    return { kind: SEVERAL[below(SEVERAL.length)], children };
  };
  const root = { kind: 'plain', children: [grow(MAX_DEPTH)] };
  const steps = [];
  for (const group of groups(root)) steps.splice(below(steps.length + 1), 0, group);
  return { root, steps };
}

/** The leaves that end together: where one of several is enough, those of the others, that wait in vain, go with it. */
function groups(node) {
  if (node.children.length === 0) return [[node]];
  const inner = node.children.flatMap(groups);
  return node.kind === 'any' || node.kind === 'race' ? [inner.flat()] : inner;
}

/** The stacks after so many steps: the frames, innermost first, and what the innermost waits for. */
export function stacksAfter({ root, steps }, step) {
  const gone = new Set(steps.slice(0, step).flat());
  const ways = (node) => {
    if (node.children.length === 0)
      return gone.has(node) ? [] : [{ frames: [node.kind], waitsFor: WAITS[node.kind] }];
    return node.children.flatMap((child, index) =>
      ways(child).map(({ frames, waitsFor }) => ({ frames: [...frames, ...FRAMES[node.kind](index)], waitsFor })),
    );
  };
  return ways(root);
}

/** How many functions wait for ever, in each kind of thread. */
export const WITNESSES = { main: 500, worker: 20 };
/** Requests at a time. The first of them never end. */
export const LANES = { main: 12, worker: 3 };
export const PERMANENT_LANES = 2;
/** Functions that start and end together. */
export const HERD = 300;
