import { setTimeout as sleep } from 'node:timers/promises';

class Ticks {
  [Symbol.asyncIterator]() {
    return this;
  }
  async next() {
    await sleep(1e6); //= A0 Ticks.next
    return { done: false, value: 1 };
  }
}
async function main() {
  for await (const /*^*/n of new Ticks()) void n; //= A1 main
}
void main();
console.log('ready');
