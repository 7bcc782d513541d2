import { SET_UP } from '../support/program.mjs';
import { row } from '../support/row.mjs';
import { Loader, Service } from '../support/service.mjs';
import { median } from '../support/statistics.mjs';

/** Pairs of services: one process differs from the next of the same program by more than what is looked for. */
const PAIRS_OF_SERVICES = 12;
const ROUNDS = 4;
const SLOT_MS = 500;
const WARM_UP_MS = 1500;

/**
 * Requests per second of a Fastify service with the sentinel idle against without. Both run at the same time and take
 * turns under load, A B B A, so that what else the machine does meets both.
 */
export async function measureThroughput(options) {
  const slots = { without: [], with: [] };
  const ratios = { rate: [], cpu: [] };
  const loader = new Loader();
  for (let pair = 0; pair < options.samples(PAIRS_OF_SERVICES); pair++) {
    const services = {};
    for (const which of pair % 2 === 0 ? ['without', 'with'] : ['with', 'without']) {
      services[which] = await Service.start(options, which === 'with' ? SET_UP : []);
    }
    for (const service of Object.values(services)) await loader.load(service, WARM_UP_MS);
    for (let round = 0; round < ROUNDS; round++) {
      const first = (pair + round) % 2 === 0 ? ['without', 'with'] : ['with', 'without'];
      const taken = { without: [], with: [] };
      for (const which of [...first, ...first.toReversed()])
        taken[which].push(await slot(loader, services[which]));
      for (const which of first) slots[which].push(...taken[which]);
      ratios.rate.push(mean(taken.with, 'rate') / mean(taken.without, 'rate'));
      ratios.cpu.push(mean(taken.with, 'cpu') / mean(taken.without, 'cpu'));
    }
    for (const service of Object.values(services)) await service.end();
  }
  await loader.end();
  const of = (which, field) => slots[which].map((taken) => taken[field]);
  return [
    row('requests per second, without', '1/s', of('without', 'rate')),
    row('requests per second, with', '1/s', of('with', 'rate')),
    row('requests per second, ratio within A B B A', 'x', ratios.rate, { target: { least: 0.98 } }),
    row('CPU time of a request, without', 'us', of('without', 'cpu')),
    row('CPU time of a request, with', 'us', of('with', 'cpu')),
    row('CPU time of a request, ratio within A B B A', 'x', ratios.cpu, {
      note: `1/median ${(1 / median(ratios.cpu)).toFixed(3)}`,
    }),
  ];
}

async function slot(loader, service) {
  const before = await service.cpuTime();
  const { requests, milliseconds } = await loader.load(service, SLOT_MS);
  const after = await service.cpuTime();
  return { rate: (requests / milliseconds) * 1000, cpu: (after - before) / requests };
}

function mean(slots, field) {
  return slots.reduce((sum, taken) => sum + taken[field], 0) / slots.length;
}
