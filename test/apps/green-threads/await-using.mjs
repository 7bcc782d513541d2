// needs Node 24
import { setTimeout as sleep } from 'node:timers/promises';

class Lock {
  async [Symbol.asyncDispose]() {
    await sleep(1e6); //= A0 :[Symbol.asyncDispose]
  }
}
async function main() {
  {
    await using lock = new Lock();
    /*^*/void lock; //= A1 main
  }
}
void main();
console.log('ready');
