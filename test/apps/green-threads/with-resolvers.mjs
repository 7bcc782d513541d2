// needs Node 22
const { promise, resolve } = Promise.withResolvers();
globalThis.waiting = new Map([['job', { resolve }]]);
async function main() {
  await promise; //= A0 main, A ~ promise Object.resolve
}
void main();
console.log('ready');
