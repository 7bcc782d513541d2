import { setTimeout as sleep } from 'node:timers/promises';

class Queue {
  #waiting = [];
  add(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          resolve(await task()); //= A1 <anonymous>
        } catch (error) {
          reject(error);
        }
      });
      void this.#waiting.shift()();
    });
  }
}
async function task() {
  await sleep(1e6); //= A0 task
}
async function outer() {
  await new Queue().add(task); //= A2 outer
}
void outer();
console.log('ready');
