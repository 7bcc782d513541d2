// BENCH_FUNCTIONS suspended async functions on a heap of BENCH_HEAP_MB MB of small objects. It looks at the clock as
// ticker.mjs does.
const HEAP_BYTES = Number(process.env.BENCH_HEAP_MB) * 1e6;
const FUNCTIONS = Number(process.env.BENCH_FUNCTIONS);
const HOUR_MS = 3_600_000;

class Account {
  constructor(number) {
    this.id = number;
    this.name = `user-${number}`;
    this.tags = [`a${number}`, 'b'];
    this.child = { x: number, y: null };
  }
}

const accounts = [];
while (process.memoryUsage().heapUsed < HEAP_BYTES) {
  for (let count = 0; count < 5000; count++) accounts.push(new Account(accounts.length));
}

// Kept, as a connection's table of requests keeps them: who waits for one of these waits for an answer.
const answers = new Map();

async function query(number) {
  const rows = await new Promise((resolve) => answers.set(number, resolve));
  return rows;
}

async function load(number) {
  const rows = await query(number);
  return rows[0];
}

async function handle(number) {
  const account = await load(number);
  return account.name;
}

async function pause() {
  await new Promise((resolve) => setTimeout(resolve, HOUR_MS));
  return true;
}

async function poll() {
  while (await pause());
}

async function gather(number) {
  const [first, second] = await Promise.all([query(number), query(-number)]);
  return [first, second];
}

/** In turn: what is called with a number, and how many functions are suspended then. */
const MIXTURE = [
  [handle, 3],
  [poll, 2],
  [handle, 3],
  [gather, 3],
  [handle, 3],
  [poll, 2],
];

const tasks = [];
for (let suspended = 0; suspended < FUNCTIONS;) {
  const [start, functions] = MIXTURE[tasks.length % MIXTURE.length];
  tasks.push(start(tasks.length + 1));
  suspended += functions;
}
globalThis.kept = { accounts, answers, tasks };

gc();
gc();
console.log(`heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`);
await import('./ticker.mjs');
