// Spins at the bottom of a stack that has frames of many kinds.
// Usage: node frames.cjs HOW; the tests find the lines by their markers (`@name`): keep these unique.
const { writeSync } = require('node:fs');
const vm = require('node:vm');

function spin() {
  writeSync(1, 'ready\n');
  for (let turns = 0; ; ) turns++; // @spin
}

class Reactor {
  constructor() {
    this.heat; // @constructor
  }
  get heat() {
    return this.cool(); // @getter
  }
  cool() {
    return Reactor.vent(); // @method
  }
  static vent() {
    return spin(); // @static
  }
}

const ways = {
  class() {
    new Reactor(); // @class
  },
  vm() {
    const context = vm.createContext({ spin });
    // The name of a file that there is, of which this is not.
    vm.runInContext('\n  (function inContext() { spin(); })()', context, { filename: 'package.json' });
  },
  eval() {
    eval('(function inEval() { spin(); })()'); // @eval
  },
  function() {
    new Function('next', 'return next()')(spin); // @function
  },
  native() {
    [3, 1, 2].map(() => spin()); // @native
  },
  async generator() {
    async function* produce() {
      yield 1;
      await null;
      spin(); // @produce
    }
    for await (const _ of produce()); // @consume
  },
  async async() {
    await outer(); // @async
  },
  async all() {
    await Promise.all([new Promise(() => {}), inner()]); // @all
  },
  recursion() {
    const descend = (depth) => (depth === 0 ? spin() : descend(depth - 1)); // @descend
    descend(1000);
  },
};

async function outer() {
  await middle(); // @outer
}

const middle = async () => {
  await inner(); // @middle
};

async function inner() {
  await new Promise(setImmediate);
  spin(); // @inner
}

setInterval(() => {}, 1e6);
setTimeout(ways[process.argv[2]]);
