// So few that V8 need not collect garbage while it is asked about them.
import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage();
const held = (globalThis.held = []);

class Request {}

async function leaf() {
  await new Promise((resolve) => held.push(resolve));
}
async function parent() {
  await Promise.all([leaf(), leaf()]);
}
async function handle() {
  await parent();
}
for (let i = 0; i < 3; i++) void requests.run(new Request(), handle);
await new Promise((resolve) => setTimeout(resolve, 1));
setInterval(() => {}, 1e9);
console.log('ready');
