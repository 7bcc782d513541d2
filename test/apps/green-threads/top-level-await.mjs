import { setTimeout as sleep } from 'node:timers/promises';

console.log('ready');
await sleep(1e6); //= A0 <anonymous>
