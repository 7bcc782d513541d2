import { setTimeout as sleep } from 'node:timers/promises';

const kept = (globalThis.kept = []);
function* numbers(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield i;
  return sum;
}
async function* asyncNumbers(n) {
  for (let i = 0; i < n; i++) yield i; //= B0 asyncNumbers, B ~ consumer, B *4
}
async function add(a, b) {
  await null;
  const c = await a;
  return c + (await b);
}
async function failing() {
  await null;
  throw new Error();
}
async function last(ms) {
  await add(1, 2);
  await sleep(ms); //= A0 last, A *20
}
// Often enough for every compiler of V8's.
for (let round = 0; round < 3000; round++) {
  const one = numbers(5);
  for (const n of one) void n;
  const other = asyncNumbers(3);
  for await (const n of other) void n;
  const sum = add(round, add(1, 2));
  await sum;
  const failed = failing();
  await failed.catch(() => {});
  if (round % 100 === 0) kept.push(one, other, sum, failed);
}
for (let round = 0; round < 20; round++) void last(1e6);
const returned = numbers(1);
returned.return();
const idle = Array.from({ length: 4 }, () => asyncNumbers(1));
await Promise.all(idle.map((one) => one.next()));
kept.push(idle);
const returnedEarly = asyncNumbers(1);
await returnedEarly.return();
kept.push(returned, returnedEarly);
console.log('ready');
