// Real packages, whose functions hang in real ways: a server that accepts and never answers.
import { createServer } from 'node:net';
import { AsyncLocalStorage } from 'node:async_hooks';
import { labelAsyncContext, setupAutorun } from 'guru-meditation';

const [what] = process.argv.slice(2);
setupAutorun();
globalThis.held = [];
const hold = (promise) => globalThis.held.push(promise);

const silent = createServer((socket) => socket.on('error', () => {}));
await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
const { port } = silent.address();

const programs = {
  async fastify() {
    const { default: Fastify } = await import('fastify');
    const requests = new AsyncLocalStorage();
    labelAsyncContext(requests, (id) => `request ${id}`);
    const app = Fastify();
    async function loadUser() {
      await new Promise((resolve) => hold(resolve)); // @loadUser
    }
    async function checkStock() {
      await Promise.race([new Promise((resolve) => hold(resolve)), new Promise((resolve) => hold(resolve))]);
    }
    app.get('/users/:id', async function getUser(request) {
      return requests.run(request.params.id, async function withUser() {
        return await loadUser(); // @withUser
      });
    });
    app.get('/orders/:id', async function getOrder() {
      await checkStock(); // @getOrder
    });
    app.addHook('preHandler', async function authorise(request) {
      if (request.url.startsWith('/private')) await loadUser(); // @authorise
    });
    app.get('/private/:id', async () => 'never');
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const places = ['users', 'orders', 'private'];
    for (let i = 0; i < 50; i++) {
      fetch(`${address}/${places[i % 3]}/${i}`).catch(() => {});
    }
    while (globalThis.held.length < 17 + 2 * 17 + 16) await new Promise(setImmediate);
  },
  async undici() {
    const { request } = await import('undici');
    async function callUpstream() {
      await request(`http://127.0.0.1:${port}/slow`); // @callUpstream
    }
    for (let i = 0; i < 3; i++) hold(callUpstream());
    let open = 0;
    silent.on('connection', () => open++);
    while (open < 3) await new Promise(setImmediate);
  },
  async 'p-queue'() {
    const { default: PQueue } = await import('p-queue');
    const queue = new PQueue({ concurrency: 2 });
    async function job() {
      await new Promise((resolve) => hold(resolve)); // @job
    }
    async function enqueue() {
      await queue.add(job); // @enqueue
    }
    for (let i = 0; i < 5; i++) hold(enqueue());
  },
  async ioredis() {
    const { Redis } = await import('ioredis');
    const redis = new Redis({ port, host: '127.0.0.1', enableReadyCheck: false, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    async function readCache() {
      await redis.get('key'); // @readCache
    }
    for (let i = 0; i < 4; i++) hold(readCache());
  },
  async pino() {
    const { default: pino } = await import('pino');
    const log = pino({ level: 'silent' });
    async function logged() {
      log.info('before');
      await new Promise((resolve) => hold(resolve)); // @logged
    }
    hold(logged());
  },
};
await programs[what]();
setInterval(() => {}, 1e6);
console.log('ready');
