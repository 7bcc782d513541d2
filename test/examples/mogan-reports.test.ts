import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { isIdle, moganDirectory, MoganService, readyEngines, until } from './mogan-service.js';

const secrets = {
  database: { connection: 'mysql://mogan:db-secret-1@127.0.0.1/mogan' },
  keystone_authtoken: { password: 'keystone-secret-2' },
};

/** Waits until the service's stderr holds so many complete reports whose last section has this title. */
function reportsEndingIn(mogan: MoganService, lastSection: string, count = 1): Promise<string[]> {
  return until(
    () => {
      const reports = mogan.stderr
        .split(/(?=={72}\n==== +Guru Meditation +====\n)/)
        .filter((part) => new RegExp(`^==== +${lastSection} +====\\n={72}\\n[^]+\\n`, 'm').test(part));
      return reports.length >= count ? reports : undefined;
    },
    () => `${count} reports with ${lastSection}; stderr:\n${mogan.stderr}`,
  );
}

describe('mogan, asked for a report', () => {
  test('with SIGUSR2 at work: the report is on stderr, and the build goes on', async () => {
    const mogan = await MoganService.start({ ...secrets, engine: { step_timeout: 3 } });
    try {
      const { id } = await mogan.build('db-slow');
      await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
      process.kill(mogan.pid, 'SIGUSR2');
      const [report = ''] = await reportsEndingIn(mogan, 'Builds in progress');

      const titles = [...report.matchAll(/^==== +(.+?) +====$/gm)].map((match) => match[1]);
      assert.deepEqual(titles, [
        'Guru Meditation',
        'Package',
        'Threads',
        'Green Threads',
        'Processes',
        'Configuration',
        'Builds in progress',
      ]);
      assert.match(report, /^product = mogan-api$/m);
      assert.match(report, /^ +connection = \*\*\*$/m);
      assert.match(report, /^ +password = \*\*\*$/m);
      assert.match(report, /^ +workers = 2$/m);
      assert.match(
        report,
        new RegExp(`^build of db-slow \\(${id}\\)\\n    deploy, attempt 1, in engine \\d+, for`, 'm'),
      );
      assert.doesNotMatch(mogan.stderr, /secret-[12]/);
      for (const { pid } of (await mogan.health()).engines)
        assert.match(report, new RegExp(`Process ${pid} `));

      assert.equal((await mogan.untilServer(id, isIdle)).status, 'active');
    } finally {
      await mogan.dispose();
    }
  });

  test('with SIGUSR2 to an engine: it shows its tasks', async () => {
    const mogan = await MoganService.start(secrets);
    try {
      const { id } = await mogan.build('db-slow');
      const { task } = await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
      process.kill(task?.engine_pid ?? assert.fail('no engine'), 'SIGUSR2');
      const [report = ''] = await reportsEndingIn(mogan, 'Tasks of this engine');
      assert.match(report, /, mogan-engine on /);
      assert.match(report, new RegExp(`^build of db-slow \\(${id}\\)$`, 'm'));
      assert.doesNotMatch(mogan.stderr, /secret-[12]/);
    } finally {
      await mogan.dispose();
    }
  });

  test('while the event loop is blocked: the report names the line, and has the section all the same', async () => {
    const mogan = await MoganService.start({ api: { enable_debug: true } });
    try {
      const { id } = await mogan.build('db-slow');
      await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
      const spun = mogan.request('POST', '/v1/debug/spin?ms=5000');
      await until(
        async () => {
          try {
            await fetch(`${mogan.url}/healthz`, { signal: AbortSignal.timeout(200) });
            return undefined;
          } catch {
            return true; // No answer: it spins.
          }
        },
        () => 'a blocked event loop',
      );
      process.kill(mogan.pid, 'SIGUSR2');
      const [report = ''] = await reportsEndingIn(mogan, 'Builds in progress');
      assert.match(report, /^.*\/src\/api\/debug-routes\.ts:\d+ in spin\n {4}`while \(/m);
      assert.match(report, /^build of db-slow /m);
      assert.equal((await spun).status, 200);
    } finally {
      await mogan.dispose();
    }
  });

  test('with a file: all processes answer', async () => {
    const mogan = await MoganService.start((directory) => {
      const watched = join(directory, 'report-now');
      writeFileSync(watched, '');
      return { oslo_reports: { file_event_handler: watched, file_event_handler_interval: 0.1 } };
    });
    try {
      await readyEngines(mogan);
      const { id } = await mogan.build('db-slow');
      await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
      // Again and again: a touch before a process looked for the first time is none.
      const touch = () => utimesSync(mogan.path('report-now'), new Date(), new Date());
      const timer = setInterval(touch, 500);
      touch();
      try {
        await reportsEndingIn(mogan, 'Builds in progress');
        await until(
          () => (new Set(mogan.stderr.match(/^process = \d+/gm)).size === 3 ? true : undefined),
          () => `three processes; stderr:\n${mogan.stderr}`,
        );
      } finally {
        clearInterval(timer);
      }
      assert.match(mogan.stderr, /^trigger = file .*report-now/m);
    } finally {
      await mogan.dispose();
    }
  });

  for (const format of ['json', 'xml']) {
    test(`as ${format} in log_dir: one file for each process`, async () => {
      const mogan = await MoganService.start((directory) => {
        mkdirSync(join(directory, 'reports'));
        return { ...secrets, oslo_reports: { log_dir: join(directory, 'reports'), format } };
      });
      try {
        const { id } = await mogan.build('db-slow');
        const { task } = await mogan.untilServer(id, (server) => server.task?.step === 'deploy');
        const engine = task?.engine_pid ?? assert.fail('no engine');
        for (const pid of [mogan.pid, engine]) process.kill(pid, 'SIGUSR2');
        const names = await until(
          () => {
            const found = readdirSync(mogan.path('reports')).filter((name) => name.endsWith(`.${format}`));
            return found.length === 2 ? found.sort() : undefined;
          },
          () => `two files; stderr:\n${mogan.stderr}`,
        );
        assert.match(
          names[0] ?? '',
          new RegExp(`^mogan-api_gurumeditation_\\d{14}_${mogan.pid}\\.${format}$`),
        );
        assert.match(
          names[1] ?? '',
          new RegExp(`^mogan-engine_gurumeditation_\\d{14}_${engine}\\.${format}$`),
        );
        for (const name of names) {
          const content = readFileSync(join(mogan.path('reports'), name), 'utf8');
          assert.doesNotMatch(content, /secret-[12]/);
          if (format === 'xml')
            assert.match(content, new RegExp(`<task id="${id}" server="db-slow" action="build"`));
          else
            assert.deepEqual(lastSectionOf(content), [
              { id, server: 'db-slow', step: 'deploy', enginePid: engine },
            ]);
        }
      } finally {
        await mogan.dispose();
      }
    });
  }

  function lastSectionOf(json: string): unknown {
    const report = JSON.parse(json) as { sections: { model: { tasks: Record<string, unknown>[] } }[] };
    return report.sections
      .at(-1)
      ?.model.tasks.map(({ id, server, step, enginePid }) => ({ id, server, step, enginePid }));
  }
});

test('the demonstration ends well and shows three reports', async () => {
  const demo = spawn(process.execPath, [join(moganDirectory, 'bin/demo.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(demo, 'exit');
  const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  assert.deepEqual(await exited, [0, null], stderr);
  assert.equal(stderr, '');
  assert.equal(stdout.match(/^==== +Guru Meditation +====$/gm)?.length, 2);
  assert.equal(stdout.match(/^==== +Builds in progress +====$/gm)?.length, 2);
  assert.match(stdout, /\/src\/api\/debug-routes\.ts:\d+ in spin$/m);
  assert.match(stdout, /^trigger = signal SIGUSR2/m);
  assert.match(stdout, /^trigger = file /m);
  assert.match(stdout, /^build of cache-slow /m);
  assert.doesNotMatch(stdout, /example-(database|keystone)-password/);
});
