import type { Frame, Report, Thread } from '#src/report/schema.js';

/** A report with every field of the schema in it. A function, so that no test sees what another did to it. */
export function sampleReport(): Report {
  return {
    schemaVersion: 1,
    title: 'Guru Meditation',
    generatedAt: '2026-01-02T03:04:05.678Z',
    trigger: {
      kind: 'signal',
      detail: 'SIGUSR2',
      receivedBy: 'main',
      reason: 'this Node.js has no internal signal wrap',
      coalesced: 2,
    },
    process: { pid: 8675, serviceName: 'mogan-api', hostname: 'rack1', nodeVersion: 'v20.20.2' },
    timings: { totalMs: 41.23, mainThreadPauseMs: 3.1 },
    sections: [
      {
        title: 'Package',
        kind: 'package',
        status: 'ok',
        durationMs: 0.1,
        model: {
          vendor: 'Example',
          product: 'mogan',
          version: null,
          nodeVersion: 'v20.20.2',
          v8Version: '11.3.244.8-node.33',
          platform: 'linux',
          arch: 'x64',
          execPath: '/usr/bin/node',
          mainScript: '/srv/mogan/bin/mogan-api.js',
          cwd: '/srv/mogan',
          startedAt: '2026-01-02T03:00:00.000Z',
          uptimeSeconds: 245.678,
        },
      },
      {
        title: 'Threads',
        kind: 'threads',
        status: 'partial',
        reason: 'the main thread did not answer for 500 ms',
        durationMs: 512.5,
        model: {
          threads: [
            background(8677, 'libuv', 'libuv worker'),
            worker(),
            main(),
            background(8678, 'v8', 'V8 worker'),
          ],
        },
      },
      {
        title: 'Green Threads',
        kind: 'greenThreads',
        status: 'partial',
        reason: 'the exact place of 1 functions could not be asked in time',
        durationMs: 150,
        model: {
          collector: 'snapshot',
          fallback: 'the heap of V8 99.0.1 is not known',
          total: 8,
          groups: [
            {
              count: 3,
              threadId: 0,
              waitsFor: 'timer: 5000 ms',
              label: 'req-1',
              frames: [awaiting('fetchUser', 4), awaiting('handle', 9)],
              members: [{ waitsFor: 'timer: 5000 ms', label: 'req-1' }, { label: 'req-2' }, {}],
            },
            {
              count: 1,
              threadId: 1,
              frames: [{ ...awaiting('shared', 20), approximate: true }],
              awaitedBy: [
                { count: 2, frames: [awaiting('first', 30)] },
                { frames: [awaiting('second', 40)], repeated: true },
              ],
            },
            {
              count: 1,
              threadId: 0,
              internal: true,
              frames: [{ ...awaiting('setTimeout', 1), file: 'node:timers/promises', internal: true }],
            },
            {
              count: 1,
              threadId: -1,
              waitsFor: 'nothing can settle it',
              abandoned: true,
              frames: [awaiting('lost', 50)],
            },
          ],
        },
      },
      {
        title: 'Processes',
        kind: 'processes',
        status: 'ok',
        durationMs: 2,
        model: {
          pid: 8675,
          ppid: 1,
          user: 'mogan',
          uid: 990,
          state: 'S (sleeping)',
          command: ['node', '/srv/mogan/bin/mogan-api.js', '--config-file', '/etc/mogan.conf'],
          startedAt: '2026-01-02T03:00:00.000Z',
          children: [
            {
              pid: 8690,
              ppid: 8675,
              user: null,
              uid: null,
              state: 'unknown',
              command: ['sh', '-c', "echo 'a b'; sleep 10", ''],
              children: [
                {
                  pid: 8691,
                  ppid: 8690,
                  user: 'mogan',
                  uid: 990,
                  state: 'Z (zombie)',
                  command: ['[sleep]'],
                  children: [],
                },
              ],
            },
          ],
        },
      },
      {
        title: 'Configuration',
        kind: 'configuration',
        status: 'ok',
        durationMs: 0.4,
        model: {
          groups: {
            api: {
              host: '0.0.0.0',
              port: 8080,
              tags: ['blue', 'two\nlines'],
              tls: { cert: '/etc/a.pem', key: '***' },
            },
            default: { debug: false, empty: '', list: [], map: {}, name: ' padded', none: null },
          },
        },
      },
      {
        title: 'Builds in progress',
        kind: 'custom',
        status: 'ok',
        durationMs: 1,
        model: {
          active: 2,
          builds: [
            { id: 'b1', node: 'n1', log: 'first\nsecond' },
            { id: 'b2', node: null, steps: ['image', ['a', 'b'], []] },
          ],
          'odd: <1>': true,
          empty: {},
        },
      },
      {
        title: 'Notes',
        kind: 'custom',
        status: 'ok',
        durationMs: 1,
        model: 'as it is:\n  \u001b[31mred\u001b[0m\r\nend\n',
      },
      {
        title: 'With views',
        kind: 'custom',
        status: 'ok',
        durationMs: 1,
        model: { n: 1 },
        views: {
          text: 'n is one\n',
          xml: {
            name: 'n',
            attributes: { of: 'it', 'not a name': true },
            children: ['is ', { name: '1 one' }, { name: 'b', children: ['!'] }],
          },
        },
      },
      {
        title: 'Broken',
        kind: 'custom',
        status: 'failed',
        reason: 'threw Error: no\nluck',
        durationMs: 1,
        model: null,
      },
      {
        title: 'Late',
        kind: 'processes',
        status: 'timeout',
        reason: 'no answer within 1000 ms',
        durationMs: 1000,
        model: null,
      },
    ],
  };
}

function awaiting(name: string, line: number): Frame {
  return {
    function: name,
    file: '/srv/mogan/src/users.ts',
    line,
    column: 3,
    sourceLine: `await ${name}Next();`,
    async: true,
  };
}

function main(): Thread {
  return {
    id: 8675,
    threadId: 0,
    name: 'main',
    kind: 'main',
    state: 'blocked',
    note: 'did not answer for 500 ms',
    os: {
      tid: 8675,
      state: 'S',
      cpu: { userMs: 1234.56, systemMs: 10 },
      waitChannel: 'wait_woken',
      systemCall: {
        number: 0,
        name: 'read',
        fd: {
          fd: 21,
          target: 'socket:[4711]',
          socket: { protocol: 'tcp', local: '10.0.0.1:40000', remote: '10.0.0.2:5432', state: 'ESTABLISHED' },
        },
      },
    },
    frames: [
      { function: 'readSync', file: 'node:fs', line: 749, column: 3, internal: true },
      { function: 'Array.map', file: '', line: null, column: null, native: true },
      {
        function: 'Query.run [as exec]',
        file: '/srv/mogan/src/query.ts',
        line: 12,
        column: 8,
        sourceLine: '  const row = read(`a`);',
        generated: { file: '/srv/mogan/dist/query.js', line: 1, column: 4321 },
      },
      {
        function: '<anonymous>',
        file: '/srv/mogan/src/api.ts',
        line: 7,
        column: 1,
        async: true,
        sourceLine: 'await q.run();',
      },
    ],
  };
}

function worker(): Thread {
  return {
    id: 8676,
    threadId: 1,
    name: 'image checksum',
    kind: 'worker',
    state: 'running',
    os: {
      tid: 8676,
      state: 'R',
      cpu: { userMs: 5, systemMs: 0 },
      systemCall: { number: 257, name: 'openat', path: '/run/images.fifo' },
    },
    frames: [
      { function: 'spin', file: '/srv/mogan/src/checksum.ts', line: 3, column: 5, sourceLine: 'for (;;) {}' },
    ],
  };
}

function background(id: number, kind: Thread['kind'], name: string): Thread {
  return {
    id,
    name,
    kind,
    state: 'idle',
    frames: [],
    os: { tid: id, state: 'S', cpu: { userMs: 0, systemMs: 0 }, systemCall: { number: 202, name: 'futex' } },
  };
}
