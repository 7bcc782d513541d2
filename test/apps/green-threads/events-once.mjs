import { EventEmitter, once } from 'node:events';

class Job extends EventEmitter {}
const job = (globalThis.job = new Job());
async function main() {
  await once(job, 'done'); //= A0 main, A ~ event 'done' of Job
}
void main();
console.log('ready');
