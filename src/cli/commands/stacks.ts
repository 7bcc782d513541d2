import { Command, Option } from 'commander';
import { ReportSet } from '../../merge/report-set.js';
import { stacksJson } from '../../merge/stacks-json.js';
import { stacksText } from '../../merge/stacks-text.js';
import type { Cli } from '../cli.js';
import { examples } from '../help.js';
import { wholeNumber } from '../option-values.js';
import { readSaved } from '../read-saved.js';

interface StacksOptions {
  format: 'text' | 'json';
  limit?: number;
  minCount: number;
  threads?: true;
  greenThreads?: true;
  internal?: true;
}

/** `guru stacks`: what the stacks of many reports have in common. */
export function stacksCommand(cli: Cli): Command {
  return new Command('stacks')
    .summary('merge saved reports into groups of identical stacks')
    .description(
      'Merges any number of saved reports into groups of identical stacks, the largest first, and says in which ' +
        'processes and on which hosts each of them is.',
    )
    .argument('<file...>', 'reports in JSON: files, logs that have some in them, directories, or -')
    .addOption(
      new Option('-f, --format <format>', 'how to show them').choices(['text', 'json']).default('text'),
    )
    .option('-n, --limit <n>', 'only the N largest groups', wholeNumber)
    .option('-m, --min-count <n>', 'only groups of at least N stacks', wholeNumber, 1)
    .option('-t, --threads', 'only threads (with --green-threads: both)')
    .option('-g, --green-threads', 'only green threads: suspended async functions')
    .option('-i, --internal', "also green threads that are Node's own throughout")
    .addHelpText(
      'after',
      examples([
        ['guru stacks /var/log/mogan/', 'all reports in a directory'],
        ['guru stacks -g -n 10 *.json', 'the ten largest groups of green threads'],
        ['journalctl -u mogan -o cat | guru stacks -', 'reports in a log'],
        ['guru stacks -f json /srv/reports | jq .groups[0]', 'for programs'],
      ]),
    )
    .action((files: string[], options: StacksOptions) => stacks(cli, files, options));
}

async function stacks(cli: Cli, files: readonly string[], options: StacksOptions): Promise<void> {
  const { format, limit = Infinity, minCount, threads, greenThreads, internal = false } = options;
  const all = threads === greenThreads;
  const set = new ReportSet({
    threads: all || threads === true,
    greenThreads: all || greenThreads === true,
    settings: false,
  });
  const { summary, reports } = await readSaved(cli, files, (report) => set.add(report));
  if (reports === 0) return;
  const selection = { limit, minCount, internal };
  if (format === 'json') {
    for (const piece of stacksJson(set, selection, summary)) await cli.write(piece);
  } else {
    for (const piece of stacksText(set, selection, summary)) await cli.writeText(piece);
  }
}
