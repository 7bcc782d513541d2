import { setTimeout as sleep } from 'node:timers/promises';

function* promises() {
  yield sleep(1e6); //= A0 promises
}
async function main() {
  for await (const /*^*/n of promises()) void n; //= A1 main
}
void main();
console.log('ready');
