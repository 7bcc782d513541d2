// What TypeScript makes of async functions for ES2015.
const { setTimeout: sleep } = require('node:timers/promises');

function run(generator) {
  return new Promise((resolve, reject) => {
    function fulfilled(value) {
      step(generator.next(value));
    }
    function rejected(value) {
      step(generator.throw(value));
    }
    function step(result) {
      if (result.done) resolve(result.value);
      else new Promise((settle) => settle(result.value)).then(fulfilled, rejected);
    }
    step(generator.next());
  });
}
function inner() {
  return run(
    (function* () {
      yield sleep(1e6); //= A0 <anonymous>
    })(),
  );
}
async function outer() {
  await inner(); //= A1 outer
}
void outer();
console.log('ready');
