import { Script } from 'node:vm';

/** What the script is loaded as, and where its text is said to begin: V8 is to count from there. */
export const KNOWN_SCRIPT = { filename: 'guru-meditation:known', lineOffset: 1000, columnOffset: 500 };
export const EVALUATED_URL = 'guru-meditation:evaluated';

/** More variables than these are not listed in a scope but in a table. */
export const WIDE = 80;
const wide = Array.from({ length: WIDE }, (_, index) => `v${index}`);

/**
 * Functions in a text of which every place is known, as the text is here. It is no module: what is sloppy is what modules
 * cannot have. Each `guruWaits…` waits for the `guruLeaf…` of the same name, by what stands between in
 * {@link KNOWN_WAYS}.
 */
const TEXT = `(function (released, report, first, second) { async function guruWaitsInFirstLine() { await guruLeafInFirstLine(); }
  async function guruLeafInFirstLine() { await null; report(); await released; }
  async function guruLeafThen() { await released; }
  async function guruWaitsThen() { await guruLeafThen().then(function guruOnThen() {}); }
  async function guruLeafCatch() { await released; }
  async function guruWaitsCatch() {
    await guruLeafCatch().catch(function guruOnCatch() {}); }
  async function guruLeafFinally() { await released; }
  async function guruWaitsFinally() { await guruLeafFinally().finally(function guruOnFinally() {}); }
  async function guruLeafAll() { await released; }
  async function guruWaitsAll() { await Promise.all([1, released, guruLeafAll()]); }
  async function guruLeafAllSettled() { await released; }
  async function guruWaitsAllSettled() { await Promise.allSettled([released, guruLeafAllSettled()]); }
  async function guruLeafAny() { await released; }
  async function guruWaitsAny() { await Promise.any([released, released, released, guruLeafAny()]); }
  async function guruLeafRace() { await released; }
  async function guruWaitsRace() { await Promise.race([released, guruLeafRace()]); }
  async function guruLeafNew() { await released; }
  async function guruWaitsNew() {
    await new Promise((resolve, reject) => { guruLeafNew().then(resolve, reject); }); }
  async function guruLeafSubclass() { await released; }
  async function guruWaitsSubclass() {
    await new GuruKnownPromise((resolve) => { guruLeafSubclass().then(resolve); }).then(function guruOnSubclass() {}); }
  async function* guruLeafQueue() { await released; yield 1; yield 2; yield 3; }
  async function guruWaitsQueueFirst(generator) { await generator.next(); }
  async function guruWaitsQueueSecond(generator) { await generator.next(); }
  async function guruWaitsQueueThird(generator) { await generator.next(); }
  async function* guruYielding() { yield first; }
  function* guruPlain() { yield released; }
  async function guruWaitsPlain(generator) { for await (const one of generator) return one; }
  class GuruKnownPromise extends Promise {}

  function closures(parameter) {
    let counter = 0, changing = parameter, double = 0.5, large = 2 ** 40; const constant = second; let flag = true;
    for (let at = 0; at < 10; at++) { counter++; changing = second; double += 1; large += 1; flag = !flag; }
    changing = parameter;
    {
      let block = first;
      return function guruClosure() { return [counter++, changing, double++, large++, constant, flag, block, parameter]; };
    }
  }
  // V8 14 keeps what changes in cells where a scope has no more than two variables.
  function cell(value, step) {
    let inCell = value;
    const change = function guruInCell(to) { inCell = to; return () => inCell; };
    for (let at = 0; at < 10; at++) { inCell = step(inCell, at); change(inCell); }
    return change;
  }
  function sloppy(parameter) { eval('var fromEval = 1'); return function guruInEval() { return [parameter, fromEval]; }; }
  function within(object) { with (object) { return function guruWithin() { return unknown; }; } }
  const self = function guruSelf() { return function guruInSelf() { return guruSelf; }; };
  function wide(parameter) {
    let ${wide.map((name, index) => `${name} = ${index}`).join(', ')}, last = parameter;
    return function guruWide() { return [${wide.join()}, last]; };
  }
  const inferred = { called: {}, never: {} };
  inferred.called = function () { return 1; };
  inferred.never = function () { return 1; };
  inferred.called();

  // In a scope of its own: callbacks that have a generator in theirs are taken for what runs it.
  function generators() {
    const generator = guruLeafQueue();
    const waiting = [guruWaitsQueueFirst(generator), guruWaitsQueueSecond(generator), guruWaitsQueueThird(generator)];
    const requests = [generator.next(), generator.next()];
    const yielding = guruYielding();
    const plain = guruPlain();
    plain.next();
    const ended = guruPlain();
    ended.next();
    ended.return();
    const iterated = guruPlain();
    const running = [...waiting, ...requests, yielding.next(), guruWaitsPlain(iterated)];
    return { generator, requests, yielding, plain, ended, iterated, running };
  }
  const simple = [guruWaitsInFirstLine, guruWaitsThen, guruWaitsCatch, guruWaitsFinally, guruWaitsAll, guruWaitsAllSettled,
    guruWaitsAny, guruWaitsRace, guruWaitsNew, guruWaitsSubclass].map((call) => call());
  return {
    ...generators(),
    simple,
    closure: closures(first), inEval: sloppy(first), within: within(first), inSelf: self(), self, wide: wide(first),
    cells: [cell(0, (_, at) => at), cell(0.25, (_, at) => at + 0.25), cell(second, () => first), cell(first, (_, at) => at - 20)],
    inferred,
    evaluated: (0, eval)('(function guruEvaluated() {})//# sourceURL=${EVALUATED_URL}'),
    functions: [closures, sloppy, function () {}, () => {}, (a) => a, async () => {}, async (b) => b,
      guruLeafThen, guruLeafAll, guruPlain, function* () {}, guruLeafQueue, guruYielding, class { constructor() {} }, class { constructor(a) {} }],
  };
})`;

/** What the script gives: see there. */
export interface KnownScript {
  running: Promise<unknown>[];
  generator: AsyncGenerator;
  requests: Promise<unknown>[];
  yielding: AsyncGenerator;
  plain: Generator;
  ended: Generator;
  iterated: Generator;
  simple: Promise<unknown>[];
  closure: () => unknown;
  inEval: () => unknown;
  within: () => unknown;
  inSelf: () => unknown;
  self: () => unknown;
  wide: () => unknown;
  /** Their variable holds 9; 9.25, which may be kept bare; the first object; -11. */
  cells: unknown[];
  inferred: { called: () => unknown; never: () => unknown };
  evaluated: () => unknown;
  /** Each of the same kind as one of its neighbours: see {@link FUNCTION_KINDS}. */
  functions: unknown[];
}

/** Of {@link KnownScript.functions}: those that have the same letter are of the same kind. */
export const FUNCTION_KINDS = 'fffaassAAggGGcc';

/** By what a `guruWaits…` waits for its `guruLeaf…`: kind, number, callback. */
export interface KnownWay {
  leaf: string;
  waits: string;
  via: readonly { kind: string; index: number | null; callback: string | null }[];
}

const way = (name: string, ...via: KnownWay['via']): KnownWay => ({
  leaf: `guruLeaf${name}`,
  waits: `guruWaits${name}`,
  via,
});
const by = (kind: string, index: number | null = null, callback: string | null = null) => ({
  kind,
  index,
  callback,
});

export const KNOWN_WAYS: readonly KnownWay[] = [
  way('InFirstLine'),
  way('Then', by('then', null, 'guruOnThen')),
  way('Catch', by('catch', null, 'guruOnCatch')),
  way('Finally', by('finally', null, 'guruOnFinally')),
  way('All', by('Promise.all', 2)),
  way('AllSettled', by('Promise.allSettled', 1)),
  way('Any', by('Promise.any', 3)),
  way('Race', by('Promise.race')),
  way('New', by('new Promise')),
  way('Subclass', by('new Promise'), by('then', null, 'guruOnSubclass')),
  { leaf: 'guruLeafQueue', waits: 'guruWaitsQueueFirst', via: [] },
  { leaf: 'guruLeafQueue', waits: 'guruWaitsQueueSecond', via: [] },
  { leaf: 'guruLeafQueue', waits: 'guruWaitsQueueThird', via: [] },
  { leaf: 'guruPlain', waits: 'guruWaitsPlain', via: [] },
];

/** Runs it. `report` is called by a function that waits, for its stack to be taken. */
export function runKnownScript(
  released: Promise<void>,
  report: () => void,
  first: object,
  second: object,
): KnownScript {
  const run = new Script(TEXT, KNOWN_SCRIPT).runInThisContext() as (...all: unknown[]) => KnownScript;
  return run(released, report, first, second);
}

/** Line and column of a place of the text, as V8 is to have it. */
function placeOf(offset: number): { line: number; column: number } {
  const before = TEXT.slice(0, offset);
  const line = before.split('\n').length - 1;
  const inLine = offset - (before.lastIndexOf('\n') + 1);
  return {
    line: KNOWN_SCRIPT.lineOffset + line + 1,
    column: (line === 0 ? KNOWN_SCRIPT.columnOffset : 0) + inLine + 1,
  };
}

/** Where a function of that name begins: the parenthesis of its parameters. */
export function startOf(name: string): { line: number; column: number } {
  return placeOf(TEXT.indexOf(`${name}(`) + name.length);
}

/** Where a function of that name waits: at its only `await`, or its first. Of a loop, V8 has its variable. */
export function awaitOf(name: string): { line: number; column: number } {
  const at = TEXT.indexOf('await ', TEXT.indexOf(`function ${name}(`));
  return placeOf(TEXT.startsWith(LOOP, at) ? at + LOOP.length : at);
}

const LOOP = 'await (const ';
