import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasSections, reportsIn, threadThatRuns } from './reports.js';
import { startService, type Service } from './service.js';
import { until } from './until.js';
import { build, isBlocked, showServers, spin } from './client.js';

const CONFIG_FILE = fileURLToPath(new URL('../../etc/demo.conf', import.meta.url));
const SECTIONS = ['Package', 'Threads', 'Processes', 'Configuration', 'Builds in progress'];
/** A report is complete when the file has not grown for so many looks. */
const QUIET_LOOKS = 5;

/** Shows, with services that really run, what an operator does and gets. Ends with exit code 1 where that fails. */
export async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mogan-demo-'));
  try {
    await bySignal(directory);
    await byFile(directory);
    heading('Done. Both services were stopped with SIGTERM and have ended with exit code 0.');
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The first service: at work, then with a blocked event loop. */
async function bySignal(directory: string): Promise<void> {
  const configFile = join(directory, 'mogan.conf');
  writeFileSync(configFile, readFileSync(CONFIG_FILE));
  await withService(configFile, join(directory, 'mogan-api-err.log'), async (service) => {
    await giveWork(service);
    const report = await reportAfter(service, () => process.kill(service.pid, 'SIGUSR2'));
    heading(
      `$ ${service.command}`,
      'Seven servers were asked for over HTTP; some steps had to be tried again, and one build has failed for good.',
      `$ kill -USR2 ${service.pid}`,
      'The service goes on working. In its stderr file there is now:',
    );
    process.stdout.write(`${report.trimEnd()}\n`);

    const spun = spin(service.url, 4000);
    await until('a blocked event loop', async () => (await isBlocked(service.url)) || undefined);
    const blocked = await reportAfter(service, () => process.kill(service.pid, 'SIGUSR2'));
    await spun;
    heading(
      `$ curl -X POST '${service.url}/v1/debug/spin?ms=4000' &`,
      'Now the event loop of the service is blocked, and HTTP requests get no answer.',
      `$ kill -USR2 ${service.pid}`,
      'There was a report all the same. From its Threads section, the thread that is at fault:',
    );
    const thread = threadThatRuns(blocked, 'spin');
    if (thread === undefined)
      throw new Error(`the report does not show what blocks the event loop:\n${blocked}`);
    process.stdout.write(`${thread.trimEnd()}\n`);
  });
}

/** The second service: it watches a file. */
async function byFile(directory: string): Promise<void> {
  const configFile = join(directory, 'mogan-2.conf');
  const watched = join(directory, 'report-now');
  writeFileSync(watched, '');
  // The group is the last one of the file.
  const options = `file_event_handler = ${watched}\nfile_event_handler_interval = 0.2\n`;
  writeFileSync(configFile, readFileSync(CONFIG_FILE, 'utf8') + options);
  await withService(configFile, join(directory, 'mogan-api-2-err.log'), async (service) => {
    await giveWork(service);
    const report = await reportAfter(service, () => utimesSync(watched, new Date(), new Date()));
    heading(
      `$ ${service.command}`,
      `A second service; its configuration says file_event_handler = ${watched}`,
      `$ touch ${watched}`,
      'Its engines watch the same file and have written a report each, too. That of mogan-api:',
    );
    process.stdout.write(`${report.trimEnd()}\n`);
  });
}

/** Several builds, and waits until they are in different states. */
async function giveWork({ url }: Service): Promise<void> {
  await until('an engine', async () => (await fetch(`${url}/healthz`)).ok || undefined);
  for (const name of ['lb-broken', 'web-1', 'web-2', 'db-flaky', 'cache-slow']) await build(url, name);
  await until('a failed build, and builds that are retried', async () => {
    const servers = await showServers(url);
    const find = (name: string) => servers.find((server) => server.name === name);
    const isSlow = find('cache-slow')?.task?.step === 'deploy';
    return (find('lb-broken')?.status === 'error' && isSlow) || undefined;
  });
  for (const name of ['web-3-flaky', 'web-4']) await build(url, name);
  await until('a build that is retried', async () => {
    const servers = await showServers(url);
    const task = servers.find((server) => server.name === 'web-3-flaky')?.task;
    return (task?.step === 'deploy' && task.attempt > 1) || undefined;
  });
}

/** Calls `trigger` and resolves to the report of mogan-api itself that comes of it, once it is complete. */
async function reportAfter(service: Service, trigger: () => void): Promise<string> {
  const before = service.readStderr().length;
  trigger();
  let length = before;
  let quietLooks = 0;
  return until('a complete report', () => {
    const stderr = service.readStderr();
    quietLooks = stderr.length === length ? quietLooks + 1 : 0;
    length = stderr.length;
    const report = reportsIn(stderr.slice(before)).find((candidate) => hasSections(candidate, SECTIONS));
    return quietLooks >= QUIET_LOOKS ? report : undefined;
  });
}

/** Starts a service, and stops it again whatever comes. An error gets the service's stderr. */
async function withService(
  configFile: string,
  stderrFile: string,
  use: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService(configFile, stderrFile);
  try {
    await use(service);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nstderr of mogan-api:\n${service.readStderr()}`, { cause: error });
  } finally {
    await service.stop();
  }
}

function heading(...lines: string[]): void {
  process.stdout.write(`\n${lines.map((line) => `## ${line}\n`).join('')}\n`);
}
