import { setTimeout as sleep } from 'node:timers/promises';

async function work(ms, place) {
  if (place === 0) await sleep(ms); //= A0 work, A ~ timer 1000000 ms, A *2
  else if (place === 1) await sleep(ms); //= B0 work, B ~ timer 1000000 ms, B *3
  else await sleep(ms + 1); //= C0 work, C ~ timer 1000001 ms
}
for (const place of [0, 1, 1, 0, 1, 2]) void work(1e6, place);
console.log('ready');
