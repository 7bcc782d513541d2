const { setTimeout: sleep } = require('node:timers/promises');

async function outer() {
  await new Function('sleep', 'return (async function made() { await sleep(1e6); })()')(sleep); //= A1 outer, A0 made @:3:33
}
void outer();
console.log('ready');
