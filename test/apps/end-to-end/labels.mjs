// Serves two requests in their AsyncLocalStorage contexts, and one thing that is none.
import { AsyncLocalStorage } from 'node:async_hooks';
import { labelAsyncContext, setupAutorun } from 'guru-meditation';

setupAutorun();
const requests = new AsyncLocalStorage();
const other = new AsyncLocalStorage();
labelAsyncContext(requests, ({ id }) => `request ${id}`);
globalThis.held = [];

async function query() {
  await new Promise((resolve) => globalThis.held.push(resolve));
}
async function handler() {
  await query();
}
for (const id of ['a1', 'b2']) {
  other.run({ id: 'wrong' }, () => requests.run({ id }, () => globalThis.held.push(handler())));
}
other.run({ id: 'wrong' }, () => globalThis.held.push(query()));
setInterval(() => {}, 1e6);
console.log('ready');
