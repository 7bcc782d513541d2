import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench -- [--only NAME]... [--node PATH] [--json FILE] [--quick] [--check]
  --only NAME   start-up, memory, signal, pause, throughput, green-threads or merge; may be given several times
  --node PATH   the node that runs the measured programs; default: the one that runs this
  --json FILE   also writes the figures there
  --quick       a fifth of the samples, two cases of green-threads, 1,000 reports to merge: to see that it works, not to judge by
  --check       exit code 1 if a target is missed
Environment:
  BENCH_REGISTER    what --import gets, default guru-meditation/register; another build to compare with
  BENCH_CASE        the one case of green-threads to measure, such as '100 MB, 10k'
  BENCH_SENTRY_DIR  a folder in which @sentry-internal/node-native-stacktrace is installed`;

/**
 * @param {string[]} args
 * @param {string[]} names of the measurements there are.
 * @throws {Error} for what is not understood.
 */
export function parseCommandLine(args, names) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true },
      node: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no measurement ${unknown}`);
  return {
    only: names.filter((name) => values.only?.includes(name) ?? true),
    node: values.node === undefined ? process.execPath : resolve(values.node),
    json: values.json ?? null,
    check: values.check,
    quick: values.quick,
    /** How many of `count` samples to take. */
    samples: (count) => (values.quick ? Math.max(2, Math.ceil(count / 5)) : count),
  };
}
