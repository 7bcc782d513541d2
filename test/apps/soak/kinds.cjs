// The functions that a request's tree is made of. Each lane runs this source under a file name of its own, so that stacks that
// mix two requests show. The line where a function waits ends in `//@` and its name; `//~` are places that it only passes.
const { once, EventEmitter } = require('node:events');

/** What lets go a leaf, by its number: nothing that a function holds, so that none seems to be what others wait for. */
const gates = new Map();

const KINDS = {
  async gate({ id }) {
    await new Promise((resolve) => void gates.set(id, resolve)); //@ gate
  },
  async timer({ id }) {
    await new Promise((resolve) => { //@ timer
      const timer = setTimeout(resolve, 1e8);
      gates.set(id, () => (clearTimeout(timer), resolve()));
    });
  },
  async event({ id }) {
    const emitter = new EventEmitter();
    gates.set(id, () => emitter.emit('go'));
    await once(emitter, 'go'); //@ event
  },
  async plain({ children: [child] }) {
    await run(child); //@ plain
  },
  async returned({ children: [child] }) {
    return await run(child); //@ returned
  },
  async variable({ children: [child] }) {
    await null; //~ variable
    const promise = run(child);
    const value = await promise; //@ variable
    return value;
  },
  async burdened({ children: [child] }) {
    const much = Array.from({ length: 50 }, (_, index) => ({ index, text: `number ${index}` }));
    await run(child); //@ burdened
    return much.length;
  },
  async then({ children: [child] }) {
    await run(child).then(function parse(value) { return value; }); //@ then
  },
  async caught({ children: [child] }) {
    await run(child).catch(function explain() {}); //@ caught
  },
  async closed({ children: [child] }) {
    await run(child).finally(function close() {}); //@ closed
  },
  async chained({ children: [child] }) {
    const promise = run(child).then(function first() {}, function failed() {});
    await promise.then(function second() {}); //@ chained
  },
  async constructed({ children: [child] }) {
    await new Promise((resolve, reject) => run(child).then(resolve, reject)); //@ constructed
  },
  async thenable({ children: [child] }) {
    await { then: (resolve, reject) => void run(child).then(resolve, reject) }; //@ thenable
  },
  async generated({ children: [child] }) {
    for await (const /*^*/value of generate(child)) void value; //@ generated
  },
  async delegated({ children: [child] }) {
    for await (const /*^*/value of delegate(child)) void value; //@ delegated
  },
  async all({ children }) {
    await Promise.all(['settled', ...children.map(run)]); //@ all
  },
  async allSettled({ children }) {
    const promises = children.map(run);
    await Promise.allSettled(promises); //@ allSettled
  },
  async any({ children }) {
    await Promise.any(children.map(run)); //@ any
  },
  async race({ children }) {
    await Promise.race(children.map(run)); //@ race
  },
};

async function* generate(child) {
  yield 1; //~ generate
  await run(child); //@ generate
}
async function* delegate(child) {
  yield* generate(child); //@ delegate
}

function run(node) {
  const { [node.kind]: start } = KINDS; // not as a method: its name shall be its own
  return start(node);
}

function release({ id }) {
  gates.get(id)();
  gates.delete(id);
}

module.exports = { run, release };
