import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
inner().then(function done() {}, function failed() {}).catch(() => {}); //= A1 [then done], A2 [catch <anonymous>]
console.log('ready');
