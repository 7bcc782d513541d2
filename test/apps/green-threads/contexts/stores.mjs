import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

class Request {}
class Tenant {}
const request = new AsyncLocalStorage();
const tenant = new AsyncLocalStorage();

async function query() {
  await sleep(1e6);
}
async function handle() {
  await query();
}
async function both() {
  await Promise.all([sleep(1e6)]);
}
async function text() {
  for await (const value of values()) void value;
}
async function* values() {
  await sleep(1e6);
}
async function outside() {
  await sleep(1e6);
}
void outside();
request.run(new Request(), () => void handle());
request.run(new Request(), () => tenant.run(new Tenant(), () => void both()));
tenant.run('acme', () => void text());
console.log('ready');
