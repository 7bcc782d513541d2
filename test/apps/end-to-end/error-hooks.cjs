// Changes how Error makes stack traces, spins until a file appears, and says whether its changes are still in force.
// Usage: node error-hooks.cjs HOW RELEASE-FILE
const { existsSync, writeSync } = require('node:fs');
const { isMainThread, Worker, workerData } = require('node:worker_threads');

function main(how, releaseFile) {
  const released = new Int32Array(new SharedArrayBuffer(4));
  new Worker(__filename, { workerData: [released, releaseFile] });
  const calls = change[how]();
  const before = describeError();
  const stackBefore = stackOf(() => new Error('mine'));
  const callsBefore = calls();
  setTimeout(function work() {
    spin(released); // @work
    const intact = JSON.stringify(describeError()) === JSON.stringify(before) && same(before);
    console.log(JSON.stringify({ intact, calls: calls() - callsBefore, stackBefore, stack: stackOf(() => new Error('mine')) }));
  });
}

function stackOf(make) {
  try {
    return String(make().stack);
  } catch (error) {
    return `threw: ${error.message}`;
  }
}

function spin(released) {
  writeSync(1, 'ready\n');
  while (Atomics.load(released, 0) === 0); // @spin
}

function awaitRelease([released, file]) {
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    Atomics.store(released, 0, 1);
  }, 5);
}

const change = {
  function() {
    Error.prepareStackTrace = (error, sites) => `${error.message} from ${sites.length} sites`;
    Error.stackTraceLimit = 1;
    return () => 0;
  },
  // As packages that follow source maps do it: each CallSite is wrapped and printed.
  wrapper() {
    let calls = 0;
    Error.prepareStackTrace = (error, sites) => {
      calls++;
      const wrapped = sites.map((site) => {
        const object = {};
        for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(site))) {
          object[name] = typeof site[name] === 'function' ? (...args) => site[name](...args) : site[name];
        }
        object.getLineNumber = () => site.getLineNumber() + 1000;
        return object;
      });
      return `${error.name}: ${error.message}${wrapped.map((site) => `\n    at ${site.getFunctionName()}:${site.getLineNumber()}`).join('')}`;
    };
    Error.stackTraceLimit = 0;
    return () => calls;
  },
  throws() {
    Error.prepareStackTrace = () => {
      throw new Error('prepareStackTrace threw');
    };
    return () => 0;
  },
  accessor() {
    let calls = 0;
    let limit = 7;
    const own = (error) => `${error.message} by accessor`;
    Object.defineProperty(Error, 'prepareStackTrace', {
      get: () => own,
      set: () => void calls++,
      configurable: true,
    });
    Object.defineProperty(Error, 'stackTraceLimit', {
      get: () => limit,
      set: (value) => void (calls++, (limit = value)),
      configurable: true,
    });
    return () => calls;
  },
  absent() {
    delete Error.stackTraceLimit;
    return () => 0;
  },
  frozen() {
    Object.freeze(Error);
    return () => 0;
  },
};

let values;
function describeError() {
  const descriptors = ['prepareStackTrace', 'stackTraceLimit'].map((name) => Object.getOwnPropertyDescriptor(Error, name));
  const now = descriptors.map((descriptor) => descriptor && Object.values(descriptor));
  values ??= now;
  return descriptors.map((descriptor) => (descriptor ? Object.entries(descriptor).map(([key, value]) => [key, String(value)]) : null));
}

/** Whether the very same functions are in place. */
function same() {
  return ['prepareStackTrace', 'stackTraceLimit'].every((name, i) => {
    const descriptor = Object.getOwnPropertyDescriptor(Error, name);
    return descriptor === undefined ? values[i] === undefined : Object.values(descriptor).every((value, at) => value === values[i]?.[at]);
  });
}

if (isMainThread) main(...process.argv.slice(2));
else awaitRelease(workerData);
