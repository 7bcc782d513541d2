import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { isAlive, isIdle, MoganService, readyEngines, until, type ServerBody } from './mogan-service.js';

describe('mogan-api serves', () => {
  let mogan: MoganService;
  before(async () => {
    mogan = await MoganService.start();
  });
  after(() => mogan.dispose());

  test('a build from request to power on', async () => {
    const answer = await mogan.request<ServerBody>('POST', '/v1/servers', {
      name: 'web-1',
      image: 'debian-13',
    });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get('location'), `/v1/servers/${answer.body.id}`);
    assert.equal(answer.body.status, 'building');
    assert.equal(answer.body.task?.action, 'build');

    const server = await mogan.untilServer(answer.body.id, isIdle);
    assert.equal(server.status, 'active');
    assert.equal(server.power_state, 'on');
    assert.match(server.node ?? '', /^node-/);
    assert.match(server.image_checksum ?? '', /^[0-9a-f]{64}$/);
    assert.equal(server.fault, null);
  });

  test('the same image has the same checksum, another one has another', async () => {
    const ids = await Promise.all([
      mogan.build('sum-1', 'fedora-44'),
      mogan.build('sum-2', 'fedora-44'),
      mogan.build('sum-3', 'alpine-4'),
    ]);
    const servers = await Promise.all(ids.map(({ id }) => mogan.untilServer(id, isIdle)));
    const [first, second, third] = servers.map((server) => server.image_checksum);
    assert.equal(first, second);
    assert.notEqual(first, third);
  });

  test('a list, filtered by status', async () => {
    const { id } = await mogan.build('listed');
    await mogan.untilServer(id, isIdle);
    const names = async (query: string): Promise<string[]> => {
      const { status, body } = await mogan.request<{ servers: ServerBody[] }>('GET', `/v1/servers${query}`);
      assert.equal(status, 200);
      return body.servers.map((server) => server.name);
    };
    assert.ok((await names('')).includes('listed'));
    assert.ok((await names('?status=active')).includes('listed'));
    assert.ok(!(await names('?status=error')).includes('listed'));
    assert.equal((await mogan.request('GET', '/v1/servers?status=odd')).status, 400);
  });

  test('power off and on', async () => {
    const { id } = await mogan.build('powered');
    await mogan.untilServer(id, isIdle);
    for (const state of ['off', 'on']) {
      const answer = await mogan.request<ServerBody>('PUT', `/v1/servers/${id}/power`, { state });
      assert.equal(answer.status, 202);
      assert.equal(answer.body.task?.action, `power ${state}`);
      const server = await mogan.untilServer(id, isIdle);
      assert.equal(server.power_state, state);
      assert.equal(server.status, 'active');
    }
  });

  test('one task at a time for a server', async () => {
    const { id } = await mogan.build('busy');
    await mogan.untilServer(id, isIdle);
    const { engines } = await mogan.health();
    for (const { pid } of engines) process.kill(pid, 'SIGSTOP');
    try {
      const path = `/v1/servers/${id}/power`;
      assert.equal((await mogan.request('PUT', path, { state: 'off' })).status, 202);
      const second = await mogan.request<{ message: string }>('PUT', path, { state: 'on' });
      assert.equal(second.status, 409);
      assert.equal(second.body.message, 'server busy is busy: power off');
    } finally {
      for (const { pid } of engines) process.kill(pid, 'SIGCONT');
    }
    await mogan.untilServer(id, isIdle);
  });

  test('a build that needs several attempts', async () => {
    const { id } = await mogan.build('web-flaky');
    const server = await mogan.untilServer(id, isIdle);
    assert.equal(server.status, 'active');
    assert.match(mogan.stderr, /web-flaky: deploy, attempt 1 of 4: the management controller closed/);
    assert.match(mogan.stderr, /web-flaky: deploy, attempt 2 of 4: /);
    assert.doesNotMatch(mogan.stderr, /web-flaky: deploy, attempt 3 of 4: /);
  });

  test('a build that fails for good', async () => {
    const { id } = await mogan.build('web-broken');
    const server = await mogan.untilServer(id, isIdle);
    assert.equal(server.status, 'error');
    assert.equal(server.fault, 'power on: the power supply does not come up');
    const power = await mogan.request<{ message: string }>('PUT', `/v1/servers/${id}/power`, { state: 'on' });
    assert.equal(power.status, 409);
    assert.match(power.body.message, /web-broken is error/);
  });

  test('deletion, also of a server that is being built', async () => {
    const { id } = await mogan.build('gone-slow');
    await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
    assert.equal((await mogan.request('DELETE', `/v1/servers/${id}`)).status, 204);
    assert.equal((await mogan.request('GET', `/v1/servers/${id}`)).status, 404);
    assert.equal((await mogan.request('DELETE', `/v1/servers/${id}`)).status, 404);
    const { engines } = await mogan.health();
    assert.equal(
      engines.reduce((sum, engine) => sum + engine.tasks, 0),
      0,
    );
    const again = await mogan.build('gone-slow');
    assert.equal((await mogan.request('DELETE', `/v1/servers/${again.id}`)).status, 204);
  });

  const refused: [string, string, string, unknown, number][] = [
    ['a name that is no host name', 'POST', '/v1/servers', { name: 'Not a name', image: 'debian-13' }, 400],
    ['no image', 'POST', '/v1/servers', { name: 'x' }, 400],
    ['an unknown property', 'POST', '/v1/servers', { name: 'x', image: 'debian-13', flavour: 'big' }, 400],
    ['an id that is none', 'GET', '/v1/servers/7', undefined, 400],
    ['an unknown server', 'GET', `/v1/servers/${randomUUID()}`, undefined, 404],
    ['an unknown power state', 'PUT', `/v1/servers/${randomUUID()}/power`, { state: 'reboot' }, 400],
    ['power for an unknown server', 'PUT', `/v1/servers/${randomUUID()}/power`, { state: 'on' }, 404],
    ['a debug route, which is off by default', 'POST', '/v1/debug/spin?ms=10', undefined, 404],
  ];
  for (const [what, method, path, body, status] of refused) {
    test(`a refusal of ${what}`, async () => {
      const answer = await mogan.request<{ statusCode: number; message: string }>(method, path, body);
      assert.equal(answer.status, status);
      assert.equal(answer.body.statusCode, status);
      assert.equal(typeof answer.body.message, 'string');
    });
  }

  test('a refusal of a name that is taken', async () => {
    await mogan.build('twin');
    assert.equal(
      (await mogan.request('POST', '/v1/servers', { name: 'twin', image: 'debian-13' })).status,
      409,
    );
  });
});

describe('mogan-api keeps its engines', () => {
  test('work of an engine that is killed goes to another, and a new engine comes', async () => {
    const mogan = await MoganService.start();
    try {
      const pids = await readyEngines(mogan);
      // Stopped, so that the build is still at the engine when that is killed.
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      const { id } = await mogan.build('rescued');
      const victim = (await mogan.health()).engines.find((engine) => engine.tasks === 1)?.pid;
      assert.ok(victim !== undefined);
      process.kill(victim, 'SIGKILL');
      for (const pid of pids) if (pid !== victim) process.kill(pid, 'SIGCONT');

      assert.equal((await mogan.untilServer(id, isIdle)).status, 'active');
      assert.match(mogan.stderr, new RegExp(`engine ${victim} ended \\(SIGKILL\\), starting another`));
      assert.ok(!(await readyEngines(mogan)).includes(victim));
    } finally {
      await mogan.dispose();
    }
  });

  test('an attempt that never ends is given up, and the next one succeeds', async () => {
    const mogan = await MoganService.start({ engine: { step_timeout: 0.5 } });
    try {
      const { id } = await mogan.build('web-slow');
      assert.equal((await mogan.untilServer(id, isIdle)).status, 'active');
      assert.match(mogan.stderr, /web-slow: deploy, attempt 1 of 4: no answer within 0\.5 s/);
    } finally {
      await mogan.dispose();
    }
  });

  test('a task that engines die of fails', async () => {
    const mogan = await MoganService.start();
    try {
      const { id } = await mogan.build('deadly-slow');
      let previous: number | null = null;
      for (let death = 1; death <= 2; death++) {
        const { task } = await mogan.untilServer(
          id,
          (server) => server.task?.step === 'deploy' && server.task.engine_pid !== previous,
        );
        previous = task?.engine_pid ?? assert.fail('no engine');
        process.kill(previous, 'SIGKILL');
      }
      const server = await mogan.untilServer(id, isIdle);
      assert.equal(server.status, 'error');
      assert.equal(server.fault, `engine ${previous} ended: SIGKILL`);
    } finally {
      await mogan.dispose();
    }
  });

  test('engines are spread over round robin', async () => {
    const mogan = await MoganService.start();
    try {
      await readyEngines(mogan);
      for (const number of [1, 2, 3, 4]) await mogan.build(`even-slow-${number}`);
      assert.deepEqual(
        (await mogan.health()).engines.map((engine) => engine.tasks),
        [2, 2],
      );
    } finally {
      await mogan.dispose();
    }
  });
});

describe('mogan-api ends', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`with its engines on ${signal}, builds or not`, async () => {
      const mogan = await MoganService.start();
      try {
        const { id } = await mogan.build('last-slow');
        await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
        const { engines } = await mogan.health();
        process.kill(mogan.pid, signal);
        assert.deepEqual(await mogan.exited, { code: 0, signal: null });
        assert.deepEqual(
          engines.map(({ pid }) => isAlive(pid)),
          [false, false],
        );
      } finally {
        await mogan.dispose();
      }
    });
  }

  test(
    'although a client holds a connection open on which it asks nothing',
    { timeout: 40_000 },
    async () => {
      const mogan = await MoganService.start();
      const socket = connect(Number(new URL(mogan.url).port), '127.0.0.1');
      socket.on('error', () => {}); // It may be reset.
      try {
        await once(socket, 'connect');
        // The service has accepted it once it answers on a later connection.
        await mogan.health();
        process.kill(mogan.pid, 'SIGTERM');
        assert.deepEqual(await mogan.exited, { code: 0, signal: null });
      } finally {
        socket.destroy();
        await mogan.dispose();
      }
    },
  );

  test('although its engines do not', async () => {
    const mogan = await MoganService.start({ DEFAULT: { shutdown_timeout: 0.1 } });
    try {
      const pids = await readyEngines(mogan);
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      process.kill(mogan.pid, 'SIGTERM');
      assert.deepEqual(await mogan.exited, { code: 0, signal: null });
      assert.deepEqual(pids.map(isAlive), [false, false]);
    } finally {
      await mogan.dispose();
    }
  });

  test('and its engines with it, even where it was killed', async () => {
    const mogan = await MoganService.start();
    try {
      const { id } = await mogan.build('last-slow');
      await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
      const { engines } = await mogan.health();
      process.kill(mogan.pid, 'SIGKILL');
      await mogan.exited;
      await until(
        () => (engines.some(({ pid }) => isAlive(pid)) ? undefined : true),
        () => 'the end of the engines',
      );
    } finally {
      await mogan.dispose();
    }
  });
});
