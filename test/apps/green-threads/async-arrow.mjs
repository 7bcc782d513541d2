import { setTimeout as sleep } from 'node:timers/promises';

const inner = async () => {
  await sleep(1e6); //= A0 inner
};
const outer = async () => await inner(); //= A1 outer
void (async () => {
  await outer(); //= A2 <anonymous>
})();
console.log('ready');
