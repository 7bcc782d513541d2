/**
 * Calls into native code from deep within JavaScript: `machine-stack.cjs SCENARIO NATIVE`. With `truth` for NATIVE it
 * prints instead what V8 says of its stack at that point, and ends. It makes no Error otherwise: making one would give
 * V8 the source positions that the reader must do without.
 */
const { execSync } = require('node:child_process');
const crypto = require('node:crypto');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const vm = require('node:vm');
const zlib = require('node:zlib');
const { Worker, isMainThread, workerData } = require('node:worker_threads');

const [scenario, native, file] = isMainThread ? process.argv.slice(2) : workerData;

const natives = {
  exec: () => execSync('sleep 60'),
  pbkdf2: () => crypto.pbkdf2Sync('a', 'b', 300_000_000, 64, 'sha512'),
  fifo: () => fs.readFileSync(file),
  gzip: () => {
    const data = crypto.randomBytes(64 * 1024 * 1024);
    for (;;) zlib.gzipSync(data, { level: 9 });
  },
  hash: () => {
    const data = Buffer.alloc(1024 * 1024 * 1024);
    for (;;) crypto.createHash('sha512').update(data).digest();
  },
  wait: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

function hold() {
  if (native === 'truth') tell();
  fs.writeSync(1, `ready ${process.pid}\n`);
  natives[native]();
}

/** Prints the callers of `hold`. */
function tell() {
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (_error, sites) =>
    sites.slice(2).map((site) => {
      let name = site.toString();
      if (name.startsWith('async ')) return null;
      const end = name.indexOf(' (');
      name = end > 0 && name.endsWith(')') ? name.slice(0, end) : (site.getFunctionName() ?? '');
      const file = site.getFileName() ?? site.getScriptNameOrSourceURL();
      return {
        functionName: name || '<anonymous>',
        script: site.isNative() || site.getLineNumber() === null ? null : file || '<anonymous>',
        line: site.getLineNumber(),
        column: site.getColumnNumber(),
      };
    });
  fs.writeSync(1, JSON.stringify(new Error('told').stack.filter((frame) => frame !== null)));
  process.exit(0);
}

class Shape {
  #secret = 1;
  static make(callback) {
    return new this(callback);
  }
  constructor(callback) {
    this.callback = callback;
  }
  get area() {
    return this.run();
  }
  set area(_value) {
    this.#hidden();
  }
  #hidden() {
    return this.run() + this.#secret;
  }
  run() {
    return this.callback();
  }
  [Symbol.toPrimitive]() {
    return this.run();
  }
  [Symbol.iterator]() {
    return this.walk();
  }
  *walk() {
    yield 1;
    yield this.run();
  }
}

class Square extends Shape {
  constructor(callback) {
    super(callback);
    this.early = callback();
  }
  run() {
    return super.run() ?? 0;
  }
}

class Lazy extends Shape {
  field = this.callback();
}

function Old(callback) {
  this.value = callback();
}
Old.prototype.method = function () {
  return hold();
};

function recurse(depth) {
  if (depth === 0) return hold();
  return recurse(depth - 1) + 1;
}

/* Functions that V8 inlines into each other; what they call at last differs, so that they stay as they are. */
function leaf(x, callback) {
  return callback(x) + 1;
}
function inner(x, callback) {
  return leaf(x, callback) * 2;
}
function middle(x, callback) {
  const y = x + 1;
  return inner(y, callback) + 1;
}
class Hot {
  constructor(x, callback) {
    this.value = middle(x, callback);
  }
  method(x, callback) {
    return new Hot(x, callback).value;
  }
}
const hot = new Hot(1, (x) => x);
function loop(count, callback) {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += hot.method(i, callback) % 7;
  }
  return sum;
}
function loopOver(list, callback) {
  let sum = 0;
  list.forEach((value) => {
    sum += leaf(value, callback);
  });
  return sum + list.map((value) => inner(value, callback)).length;
}
const callbacks = Array.from({ length: 12 }, (_, n) => new Function('x', `return x + ${n}`));
const holdOnce = (x) => (hold(), x);

const scenarios = {
  nested() {
    const shape = new Shape(() => hold());
    JSON.parse('{"a":1}', function reviver() {
      return 'abc'.replace(/b/, () => [1].forEach(() => shape.area));
    });
  },
  classes() {
    Shape.make(() => new Square(() => new Lazy(() => hold()))).run();
  },
  overridden() {
    const square = new Square(() => 0);
    square.callback = () => hold();
    square.run();
  },
  setter() {
    new Shape(() => hold()).area = 1;
  },
  conversions() {
    const shape = new Shape(() => hold());
    const other = { valueOf: () => +shape };
    return `${{ toString: () => String(other * 1) }}`;
  },
  old() {
    new Old(() => new Old(() => 0).method());
  },
  renamed() {
    const holder = { alias: function original() { hold(); } };
    holder.alias();
  },
  anonymous() {
    const holder = {};
    holder['some-name'] = (() => function () { hold(); })();
    holder['some-name']();
  },
  iterators() {
    const shape = new Shape(() => hold());
    return [...shape];
  },
  generators() {
    function* outer() {
      yield* inside();
    }
    function* inside() {
      yield 1;
      hold();
      yield 2;
    }
    const generator = outer();
    generator.next();
    generator.next();
  },
  builtins() {
    const map = new Map([[1, 1]]);
    Reflect.apply(() => [2, 1].sort(() => map.forEach(() => Array.from([1], () => [1].reduceRight(() => hold(), 0)))), null, []);
  },
  calls() {
    function first() {
      second.apply(this, [1]);
    }
    function second() {
      third.call({ name: 'third' });
    }
    function third() {
      hold();
    }
    first.bind(new Shape())();
  },
  proxies() {
    const proxy = new Proxy(function target() {}, {
      apply: (_target, _self, args) => args[0](),
      get: (_target, key) => (key === 'x' ? hold() : 0),
      construct: () => ({ a: proxy.x }),
    });
    proxy(() => new proxy());
  },
  json() {
    JSON.stringify({ toJSON: () => ({ get b() { return hold(); } }) });
  },
  regexp() {
    'aab'.replaceAll(/a(b)/g, (whole, part) => {
      return part + [hold()];
    });
  },
  emitter() {
    const emitter = new EventEmitter();
    emitter.on('event', function listener() {
      hold();
    });
    emitter.emit('event');
  },
  evaluated() {
    globalThis.holdGlobally = hold;
    const code = 'function inScript() {\n  return (() => holdGlobally())();\n}\ninScript();';
    const run = new Function('go', 'return go();');
    run(() => vm.runInThisContext(code, { filename: 'script.vm', lineOffset: 10, columnOffset: 5 }));
  },
  evaluatedDirectly() {
    const local = () => hold();
    // eslint-disable-next-line no-eval
    eval('(function inEval() {\n local(); })()');
  },
  async asynchronous() {
    async function step() {
      await null;
      hold();
    }
    await Promise.all([step()]);
  },
  async asyncGenerators() {
    async function* values() {
      yield await 1;
      hold();
    }
    for await (const value of values()) if (value === 2) return;
  },
  reactions() {
    Promise.resolve().then(() => process.nextTick(() => queueMicrotask(() => setImmediate(() => hold()))));
  },
  resolving() {
    Promise.resolve({ then: () => new Promise(() => hold()) });
  },
  finalizers() {
    try {
      [1].find(() => {
        try {
          throw 1;
        } finally {
          hold();
        }
      });
    } catch {
      return;
    }
  },
  wide() {
    const values = Array.from({ length: 600 }, (_, n) => `v${n}`);
    const sum = values.map((name) => `const ${name} = Math.max(${name.length});`).join('\n');
    const use = values.map((name) => `+ ${name}`).join(' ');
    new Function('hold', `${sum}\n return (0 ${use}) +\n hold(${values.join(',')});`)(hold);
  },
  recursion() {
    recurse(500);
  },
  optimized() {
    for (let n = 0; n < 40_000; n++) loop(100, callbacks[n % callbacks.length]);
    setTimeout(() => loop(3, holdOnce), 50);
  },
  optimizedBuiltins() {
    const list = [1, 2, 3];
    for (let n = 0; n < 200_000; n++) loopOver(list, callbacks[n % callbacks.length]);
    setTimeout(() => loopOver(list, holdOnce), 50);
  },
  replacedOnStack() {
    let sum = 0;
    for (let n = 0; n < 3_000_000; n++) sum += hot.method(n, n === 2_999_999 ? holdOnce : callbacks[n % 12]);
    return sum;
  },
  deoptimized() {
    let dangerous = 0;
    function risky(x) {
      if (x === dangerous) hold();
      return x.value;
    }
    function caller(x) {
      return risky(x) + 1;
    }
    const safe = { value: 1 };
    for (let n = 0; n < 300_000; n++) caller(safe);
    dangerous = { other: 1, value: 'x' };
    caller(dangerous);
  },
  idle() {
    setInterval(() => {}, 1_000_000);
    setImmediate(() => setTimeout(() => fs.writeSync(1, `ready ${process.pid}\n`), 50));
  },
  busy() {
    fs.writeSync(1, `ready ${process.pid}\n`);
    for (;;);
  },
  /** Goes in and out of native code all the time, on two paths. The test looks for the comments. */
  restless() {
    fs.writeSync(1, `ready ${process.pid}\n`);
    const data = Buffer.alloc(10_000_000);
    const digest = (one) => {
      crypto.createHash('sha256').update(one).digest(); // digest
    };
    const right = () => {
      [data].forEach(digest); // right
    };
    for (;;) {
      digest(data); // directly
      right(); // indirectly
    }
  },
};

if (isMainThread && scenario === 'worker') {
  new Worker(__filename, { workerData: process.argv.slice(3) });
  // The worker has what it needs before the main thread blocks.
  if (process.argv[5] === 'both') setTimeout(() => execSync('sleep 60'), 300);
} else {
  scenarios[scenario]();
}
