// Those who wait at the same thing do not end each other's waiting, though each of them has it at hand.
class Pool {
  waiting = [];
  async acquire() {
    await new Promise((resolve) => this.waiting.push(resolve)); //= A0 Pool.acquire, B0 Pool.acquire, C0 Pool.acquire
  }
}
const pool = (globalThis.pool = new Pool());
async function first() {
  await pool.acquire(); //= A1 first, A ~ promise Array
}
async function second(own) {
  await own.acquire(); //= B1 second, B ~ promise Array
}
class Service {
  own = pool;
  async third() {
    await this.own.acquire(); //= C1 Service.third, C ~ promise Array
  }
}
void first();
void second(pool);
void new Service().third();

/** But what has one promise's means in a variable may. */
async function deferred() {
  const means = defer();
  void waits(means.promise);
  await new Promise((resolve) => setTimeout(resolve, 1e6)); //= D0 deferred, D ~ timer 1000000 ms
  means.resolve();
}
function defer() {
  const means = {};
  means.promise = new Promise((resolve, reject) => Object.assign(means, { resolve, reject }));
  return means;
}
async function waits(promise) {
  await promise; //= D1 waits
}
void deferred();
console.log('ready');
