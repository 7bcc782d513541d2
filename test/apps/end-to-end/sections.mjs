// Registers sections by the names it is given, then does what the last argument says: `idle`, or blocks its event loop,
// `spin:FILE` until there is the file, `open:FIFO` until somebody opens it.
import { existsSync, openSync, writeSync } from 'node:fs';
import { generateReport, registerSection } from 'guru-meditation';

const names = process.argv.slice(2, -1);
const then = process.argv.at(-1);

const fail = (word) => {
  throw new Error(`${word} threw`);
};
const hostile = (target = {}) =>
  new Proxy(
    target,
    Object.fromEntries(Reflect.ownKeys(Reflect).flatMap((trap) => (typeof trap === 'string' ? [[trap, () => fail('the proxy')]] : []))),
  );
const model = { answer: 42, list: ['a', 'b'] };
const nested = (depth) => {
  let value = 'bottom';
  for (let i = 0; i < depth; i++) value = { in: value };
  return value;
};
const turn = () => new Promise(setImmediate);

/** Name → generator, or generator and views. */
const sections = {
  sync: () => model,
  async: async () => {
    await turn();
    return model;
  },
  promise: () => Promise.resolve(model),
  thenable: () => ({ then: (resolve) => resolve(model) }),
  text: () => 'two\nlines',
  nothing: () => undefined,
  number: () => 7,
  textView: [() => model, { text: ({ answer }) => `the answer is\n${answer}` }],
  xmlView: [
    () => model,
    { xml: ({ answer }) => ({ name: 'answer', attributes: { of: 'life & all' }, children: [`<${answer}>`] }) },
  ],
  bothViews: [
    () => ({ user: 'mogan', password: 'hunter2' }),
    {
      text: ({ user, password }) => `${user}:${password}`,
      xml: ({ user, password }) => ({ name: 'login', attributes: { user, password } }),
    },
  ],
  viewTells: [() => 'nothing', { text: () => 'password=hunter2', xml: () => ({ name: 'password', children: ['hunter2'] }) }],
  viewThrows: [() => model, { text: () => fail('the view'), xml: () => fail('the view') }],
  viewLoops: [
    () => model,
    {
      text: () => {
        for (;;);
      },
    },
  ],
  viewGivesOther: [() => model, { text: () => 7, xml: () => 'no element' }],
  viewOfBadNames: [() => model, { xml: () => ({ name: '1 <bad>', attributes: { 'a b': '"\u0000' }, children: ['\u0001]]>'] }) }],

  throws: () => fail('it'),
  throwsProxy: () => {
    throw hostile();
  },
  throwsNull: () => {
    throw null;
  },
  rejects: async () => {
    await turn();
    throw new RangeError('out of range');
  },
  neverSettles: ({ signal }) =>
    new Promise(() => signal.addEventListener('abort', () => console.log('aborted'))),
  loops: () => {
    for (;;);
  },
  loopsLater: async () => {
    await turn();
    for (;;);
  },
  cycle: () => {
    const value = { name: 'loop' };
    value.self = value;
    return value;
  },
  bigint: () => ({ big: 12345678901234567890n }),
  special: () => ({ nan: NaN, date: new Date(0), set: new Set([1]), symbol: Symbol('s'), call() {}, undef: undefined }),
  deep: () => nested(100_000),
  hugeText: () => 'x'.repeat(50_000_000),
  hugeList: () => new Array(2_000_000).fill('some 25 characters of text'),
  getterThrows: () => ({
    before: 1,
    get value() {
      return fail('the getter');
    },
    after: 2,
  }),
  getterLoops: () => ({
    get value() {
      for (;;);
    },
  }),
  thenGetterThrows: () => ({
    get then() {
      return fail('then');
    },
  }),
  thenThrows: () => ({ then: () => fail('then') }),
  thenLoops: () => ({
    then: () => {
      for (;;);
    },
  }),
  asyncGetterLoops: async () => ({
    get value() {
      for (;;);
    },
  }),
  proxy: () => hostile(),
  proxyFunction: () => hostile(() => {}),
  nestedProxy: () => ({ inner: hostile(), list: [hostile([])] }),
  toJsonThrows: () => ({ toJSON: () => fail('toJSON') }),
  toJsonLoops: () => ({
    toJSON() {
      for (;;);
    },
  }),
};

const titles = { controls: 'bad\u0000 \u001b[31mname\nof <two> lines & "more"', long: 'long '.repeat(2000) };

for (const name of names) {
  const title = titles[name] ?? name;
  const [generator, views] = [sections[name] ?? (() => model)].flat();
  registerSection(title, generator, views && { views });
}

let turns = 0;
setInterval(() => turns++, 1);
// Whether its event loop turns and its promises are settled.
process.on('SIGHUP', async () => {
  const before = turns;
  while (turns < before + 3) await turn();
  console.log('alive');
});

// The sentinel is ready and knows the sections.
if (!names.some((name) => name.endsWith('Later'))) await generateReport();
const [what, path] = then.split(':');
if (what === 'idle') {
  console.log('ready');
} else {
  setTimeout(() => {
    writeSync(1, 'ready\n');
    if (what === 'spin') while (!existsSync(path));
    else openSync(path, 'r');
  });
}
