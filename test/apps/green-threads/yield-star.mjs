import { setTimeout as sleep } from 'node:timers/promises';

async function* inner() {
  await sleep(1e6); //= A0 inner
}
async function* outer() {
  yield* inner(); //= A1 outer
}
async function main() {
  for await (const /*^*/n of outer()) void n; //= A2 main
}
void main();
console.log('ready');
