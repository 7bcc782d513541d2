import { setTimeout as sleep } from 'node:timers/promises';

await sleep(1e6);
