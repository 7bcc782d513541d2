/**
 * A tree of suspended functions made from a seed: `random-tree.mjs SEED` runs it, `random-tree.mjs SEED expected` prints the
 * ways from each leaf outwards as JSON. The line where each function waits ends in `//@` and its name.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const seed = Number(process.argv[2]);
const MAX_DEPTH = 8;
const MAX_NODES = 150;

let state = seed >>> 0;
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const KINDS = {
  async leaf() {
    await sleep(1e8); //@ leaf
  },
  async plain([child]) {
    await run(child); //@ plain
  },
  async returned([child]) {
    return await run(child); //@ returned
  },
  async afterReturn([child]) {
    return run(child);
  },
  async variable([child]) {
    await null;
    const promise = run(child);
    const value = await promise; //@ variable
    return value;
  },
  async then([child]) {
    await run(child).then(function parse(value) { return value; }); //@ then
  },
  async caught([child]) {
    await run(child).catch(function explain() {}); //@ caught
  },
  async closed([child]) {
    await run(child).finally(function close() {}); //@ closed
  },
  async chained([child]) {
    const promise = run(child).then(function first() {}, function failed() {});
    await promise.then(function second() {}); //@ chained
  },
  async asyncCallback([child]) {
    const callback = async () => {
      await run(child); //@ callback
    };
    await Promise.resolve().then(callback); //@ asyncCallback
  },
  async constructed([child]) {
    await new Promise((resolve, reject) => run(child).then(resolve, reject)); //@ constructed
  },
  async captured([child]) {
    await new Promise((resolve) => void run(child).then(function done(value) { resolve(value); })); //@ captured
  },
  async thenable([child]) {
    await { then: (resolve, reject) => void run(child).then(resolve, reject) }; //@ thenable
  },
  async subclassed([child]) {
    await Task.resolve(run(child)); //@ subclassed
  },
  async generated([child]) {
    for await (const /*^*/value of generate(child)) void value; //@ generated
  },
  async delegated([child]) {
    for await (const /*^*/value of delegate(child)) void value; //@ delegated
  },
  async all(children) {
    await Promise.all(['settled', ...children.map(run)]); //@ all
  },
  async allSettled(children) {
    const promises = children.map(run);
    await Promise.allSettled(promises); //@ allSettled
  },
  async any(children) {
    await Promise.any(children.map(run)); //@ any
  },
  async race(children) {
    await Promise.race(children.map(run)); //@ race
  },
};

class Task extends Promise {}

async function* generate(child) {
  yield 1;
  await run(child); //@ generate
}
async function* delegate(child) {
  yield* generate(child); //@ delegate
}

function run({ kind, children }) {
  const { [kind]: start } = KINDS; // not as a method: its name shall be its own
  return start(children);
}

/** What stands between a child and its parent's parent: the frames that the parent adds, innermost first. */
const FRAMES = {
  leaf: () => ['leaf'],
  plain: () => ['plain'],
  returned: () => ['returned'],
  afterReturn: () => [],
  variable: () => ['variable'],
  then: () => ['[then parse]', 'then'],
  caught: () => ['[catch explain]', 'caught'],
  closed: () => ['[finally close]', 'closed'],
  chained: () => ['[then first]', '[then second]', 'chained'],
  asyncCallback: () => ['callback', 'asyncCallback'],
  constructed: () => ['[new Promise]', 'constructed'],
  captured: () => ['[resolve done]', 'captured'],
  thenable: () => ['[new Promise]', 'thenable'],
  subclassed: () => ['subclassed'],
  generated: () => ['generate', 'generated'],
  delegated: () => ['generate', 'delegate', 'delegated'],
  all: (index) => [`[Promise.all ${index + 1}]`, 'all'],
  allSettled: (index) => [`[Promise.allSettled ${index}]`, 'allSettled'],
  any: (index) => [`[Promise.any ${index}]`, 'any'],
  race: () => ['[Promise.race]', 'race'],
};
const SINGLE = Object.keys(KINDS).filter((kind) => !/^(?:leaf|all|allSettled|any|race)$/.test(kind));
const SEVERAL = ['all', 'allSettled', 'any', 'race'];

let nodes = 0;
function grow(depth) {
  nodes++;
  const roll = below(10);
  if (depth === 0 || nodes > MAX_NODES || (roll === 0 && depth < MAX_DEPTH)) return { kind: 'leaf', children: [] };
  if (roll < 6) return { kind: SINGLE[below(SINGLE.length)], children: [grow(depth - 1)] };
  const children = Array.from({ length: 2 + below(3) }, () => grow(depth - 1));
  return { kind: SEVERAL[below(SEVERAL.length)], children };
}

function ways({ kind, children }) {
  if (children.length === 0) return [FRAMES[kind](0)];
  return children.flatMap((child, index) => ways(child).map((way) => [...way, ...FRAMES[kind](index)]));
}

const tree = { kind: 'plain', children: [grow(MAX_DEPTH - 1)] };
if (process.argv[3] === 'expected') {
  process.stdout.write(JSON.stringify(ways(tree)));
} else {
  void run(tree);
  console.log('ready');
}
