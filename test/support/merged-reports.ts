import type { Report } from '#src/report/schema.js';
import { frames, green, savedReport, thread } from './saved-report.js';

/** Two sets of reports with something of everything in their merged stacks and in their differences. */
export function reportsBefore(): Report[] {
  const settings = {
    api: { host: '0.0.0.0', port: 8080, tags: ['blue', 'green'], timeout: 10, gone: true },
    default: { debug: false, note: 'two\nlines', 'odd\x1b[31m': 1 },
  };
  return [
    savedReport({
      pid: 8675,
      threads: [thread('Query.run:12 handle:9', { state: 'blocked' })],
      green: [
        green('fetchUser:4 handle:9', 3, { waitsFor: 'timer: 5000 ms', label: 'req-1' }),
        green('connect:1', 1, {
          awaitedBy: [
            { count: 2, frames: frames('first:30') },
            { frames: frames('second:40'), repeated: true },
          ],
        }),
        green('setTimeout:1', 1, { internal: true }),
        green('old:7', 1),
      ],
      settings,
    }),
    savedReport({
      pid: 8676,
      host: 'rack2',
      at: '2026-01-02T03:04:07.000Z',
      threads: [thread('Query.run:12 handle:9'), thread('spin:3', { kind: 'worker', threadId: 1 })],
      green: [
        green('fetchUser:4 handle:9', 8, {
          waitsFor: 'timer: 100 ms',
          members: [{ waitsFor: 'timer: 100 ms' }, { waitsFor: 'timer: 200 ms', label: 'req-\x1b[31m2' }],
        }),
      ],
      settings: { ...settings, api: { ...settings.api, port: 8081 } },
    }),
  ];
}

export function reportsAfter(): Report[] {
  const settings = {
    api: { host: '127.0.0.1', port: 8080, tags: ['blue'], timeout: 30, added: { deep: [1, 2] } },
    default: { debug: false, note: 'three\nlines', 'odd\x1b[31m': 1 },
  };
  return [
    savedReport({
      pid: 8675,
      at: '2026-01-03T03:04:05.678Z',
      threads: [thread('Query.run:12 handle:9')],
      green: [
        green('fetchUser:4 handle:9', 60),
        green('connect:1', 1, {
          awaitedBy: [
            { count: 2000, frames: frames('first:30') },
            { frames: frames('second:40'), repeated: true },
          ],
        }),
        green('fresh:5 handle:9', 2),
      ],
      settings,
    }),
    savedReport({ pid: 8677, host: 'rack2', at: '2026-01-03T03:04:06.000Z', threads: [], settings }),
    savedReport({ pid: 8678, host: 'rack2', at: '2026-01-03T03:04:06.000Z', threads: [], settings }),
  ];
}
