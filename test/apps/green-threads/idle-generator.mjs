import { setTimeout as sleep } from 'node:timers/promises';

async function* numbers() {
  yield 1; //= B0 numbers, B ~ consumer
}
async function main() {
  for await (const n of numbers()) /*^*/await sleep(1e6, n); //= A0 main
}
void main();
console.log('ready');
