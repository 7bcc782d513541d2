/**
 * The soak test: reports without end of a program that never rests, each checked stack by stack. Linux only, since it is about
 * reading memory. It takes five minutes: `npm run soak -- [--seconds N] [--node PATH] [--seed N] [--variant NAME] [--keep]`.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from './soak/run.mjs';
import { describeRun } from './soak/summary.mjs';

/**
 * Flags of V8 that make its garbage collector do what it seldom does. With a longer pause than a service would have, in
 * seconds, what is found can be confirmed then too.
 */
const VARIANTS = [
  { name: 'as it is', flags: [], cacheMb: 200, maxPause: null },
  { name: 'with time to copy', flags: [], cacheMb: 200, maxPause: 0.5 },
  {
    name: 'collected on demand',
    flags: ['--expose-gc', '--stress-compaction-random'],
    cacheMb: 100,
    maxPause: 0.5,
  },
  {
    name: 'scavenged at random',
    flags: ['--stress-scavenge=60', '--max-semi-space-size=4'],
    cacheMb: 100,
    maxPause: 0.5,
  },
  { name: 'full collections only', flags: ['--gc-global'], cacheMb: 50, maxPause: 0.5 },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    node: { type: 'string', default: process.execPath },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    variant: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
if (process.platform !== 'linux') {
  console.log('there is no memory to read but on Linux');
  process.exit(0);
}
const { variant } = values;
const variants = VARIANTS.filter(({ name }) => variant === undefined || name.includes(variant));
const seed = Number(values.seed);
const seconds = Number(values.seconds) / variants.length;
console.log(`${values.node}, seed ${seed}, ${variants.length} × ${seconds} s`);
let failed = 0;
for (const { name, flags, cacheMb, maxPause } of variants) {
  const seen = await run({ name, flags, cacheMb, maxPause, node: values.node, seed, seconds });
  console.log(`\n${name} (${['node', ...flags].join(' ')}; maxPause ${maxPause ?? 'as usual'})`);
  console.log(describeRun(seen));
  failed += seen.failed;
  if (seen.failed === 0 && !values.keep) rmSync(seen.directory, { recursive: true });
  else console.log(`  files in ${seen.directory}`);
}
console.log(failed === 0 ? '\nnothing failed' : `\n${failed} failures, seed ${seed}`);
process.exit(failed === 0 ? 0 : 1);
