import { setTimeout as sleep } from 'node:timers/promises';
import { readMemory } from '../support/memory.mjs';
import { EMPTY_WORKER, SET_UP, startProgram, WITH_GREEN_THREADS } from '../support/program.mjs';
import { askForReport } from '../support/report.mjs';
import { added, differenceRows, row } from '../support/row.mjs';
import { Loader, Service } from '../support/service.mjs';

const OCCASIONS = 5;

/** How long a service idles before it is looked at, ms: V8 gives memory back some time after the work. */
const IDLE_MS = 3000;
const LOAD_MS = 1000;

const VARIANTS = {
  without: { flags: [] },
  worker: { flags: EMPTY_WORKER },
  with: { flags: SET_UP },
  green: { flags: SET_UP, env: WITH_GREEN_THREADS },
};

/** Resident memory of idle services with and without, and of those with once they have made reports. */
export async function measureMemory(options) {
  if (process.platform !== 'linux') {
    return [row('resident memory', 'MB', [], { note: 'read from /proc, so on Linux only' })];
  }
  const bare = [];
  const served = [];
  const loader = new Loader();
  for (let occasion = 0; occasion < options.samples(OCCASIONS); occasion++) {
    bare.push(await compare((variant) => startBare(options, variant)));
    served.push(await compare((variant) => startServed(options, variant, loader)));
  }
  await loader.end();
  return [...rowsOf('Fastify after requests', served), ...rowsOf('an HTTP server without requests', bare)];
}

function rowsOf(name, occasions) {
  const kind = (which) =>
    occasions.map(({ idle }) =>
      Object.fromEntries(Object.entries(idle).map(([variant, memory]) => [variant, memory[which]])),
    );
  const after = (variant, reports) =>
    occasions.map(({ idle, later }) => later[variant][reports].rss - idle.without.rss);
  return [
    ...differenceRows(`RSS of ${name}`, 'MB', kind('rss'), { target: { most: 16 } }),
    row('its proportional share (PSS), added', 'MB', added(kind('pss'), 'with')),
    row('its private memory, added', 'MB', added(kind('own'), 'with')),
    row('RSS added after 1 report', 'MB', after('with', 1)),
    row('RSS added after 10 reports', 'MB', after('with', 10)),
    row('RSS added after 10 reports with Green Threads', 'MB', after('green', 10)),
  ];
}

/** Memory of all variants at rest, `idle`, and of those that are set up after 1 and 10 reports, `later`. */
async function compare(start) {
  const programs = {};
  for (const [name, variant] of Object.entries(VARIANTS)) programs[name] = await start(variant);
  await sleep(IDLE_MS);
  const idle = Object.fromEntries(Object.entries(programs).map(([name, { pid }]) => [name, readMemory(pid)]));
  const later = { with: await report(programs.with), green: await report(programs.green) };
  for (const program of Object.values(programs)) await program.end();
  return { idle, later };
}

async function report(program) {
  const memory = {};
  for (let reports = 1; reports <= 10; reports++) {
    if ((await askForReport(program)) === null) throw new Error('no report');
    if (reports > 1 && reports < 10) continue;
    await sleep(IDLE_MS);
    memory[reports] = readMemory(program.pid);
  }
  return memory;
}

async function startBare(options, { flags, env }) {
  const program = startProgram(options, flags, 'idle.cjs', { env });
  await program.says('ready');
  return program;
}

async function startServed(options, { flags, env }, loader) {
  const service = await Service.start(options, flags, env);
  await loader.load(service, LOAD_MS);
  return service.program;
}
