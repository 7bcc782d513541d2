/**
 * `npm run bench`: what Guru Meditation Reports cost a service, each figure beside that of the same program without
 * them, in one run. See docs/performance.md for what the figures mean and how to read them on a noisy machine.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { MEASUREMENTS } from './measurements.mjs';
import { parseCommandLine, USAGE } from './options.mjs';
import { passes } from './support/row.mjs';
import { endAll } from './support/program.mjs';
import { formatTable } from './support/table.mjs';

let options;
try {
  options = parseCommandLine(process.argv.slice(2), Object.keys(MEASUREMENTS));
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endAll();
    process.exit(1);
  });
}

const nodeVersion = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
const machine = () => ({
  cores: availableParallelism(),
  loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
});
const result = { nodeVersion, startedAt: new Date().toISOString(), before: machine(), rows: [] };
console.log(
  `Node ${nodeVersion}, ${result.before.cores} cores, load average ${result.before.loadAverage.join(' ')}\n`,
);
try {
  for (const name of options.only) {
    const rows = await MEASUREMENTS[name](options);
    result.rows.push(...rows.map((row) => ({ measurement: name, ...row })));
    console.log(`${formatTable(name, rows)}\n`);
  }
} finally {
  endAll();
}
result.after = machine();
console.log(`load average at the end ${result.after.loadAverage.join(' ')}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
const missed = result.rows.filter((row) => passes(row) === false);
if (missed.length > 0) console.log(`missed: ${missed.map(({ what }) => what).join('; ')}`);
process.exitCode = options.check && missed.length > 0 ? 1 : 0;
