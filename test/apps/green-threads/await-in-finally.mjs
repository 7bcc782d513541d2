import { setTimeout as sleep } from 'node:timers/promises';

async function close() {
  await sleep(1e6); //= A0 close
}
async function outer() {
  try {
    throw new Error();
  } catch {
    await null;
  } finally {
    await close(); //= A1 outer
  }
}
void outer();
console.log('ready');
