import { setTimeout as sleep } from 'node:timers/promises';

async function both() {
  //= A ~ timer 1000000 ms < [Promise.all 0], A ~ timer 2000000 ms < [Promise.all 1]
  await Promise.all([sleep(1e6), sleep(2e6)]); //= A0 both
}
void both();
console.log('ready');
