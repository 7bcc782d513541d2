import { EventEmitter, once } from 'node:events';

class Job extends EventEmitter {}
const job = (globalThis.job = new Job());
const other = (globalThis.other = new Job());
const mixed = (globalThis.mixed = new Job().on('start', () => {}));
const quiet = (globalThis.quiet = new Job());

// Each of them listens for errors as well.
async function starts() {
  await once(job, 'start'); //= A0 starts, A ~ event 'start' of Job
}
async function ends() {
  await once(job, 'end'); //= B0 ends, B ~ event 'end' of Job
}
async function either() {
  const add = (resolve) => job.on('start', resolve).on('end', resolve);
  await new Promise(add); //= C0 either, C ~ event 'end' or 'start' of Job
}
async function anyOfMany() {
  const add = (resolve) => ['d', 'c', 'b', 'a'].forEach((event) => other.on(event, resolve));
  await new Promise(add); //= D0 anyOfMany, D ~ event 'a' or 'b' or 'c' or others of Job
}
// Nothing can resolve these.
async function fails() {
  await new Promise((_, reject) => job.on('error', reject)); //= E0 fails, E ~ event 'error' of Job
}
async function failsAlone() {
  await new Promise((_, reject) => quiet.on('error', reject)); //= F0 failsAlone, F ~ event 'error' of Job
}
// The scope of its listener can resolve it too, and there is another listener.
async function failsMaybe() {
  const add = (resolve, reject) => mixed.on('error', (error) => (error ? reject(error) : resolve()));
  await new Promise(add); //= G0 failsMaybe, G ~ event of Job
}
starts();
ends();
either();
anyOfMany();
fails();
failsAlone();
failsMaybe();
console.log('ready');
