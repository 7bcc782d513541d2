import { Command, Option } from 'commander';
import { diffSets } from '../../merge/diff.js';
import { diffJson } from '../../merge/diff-json.js';
import { type DiffSide, diffText } from '../../merge/diff-text.js';
import type { FrameTable } from '../../merge/frame-table.js';
import { type MergedParts, ReportSet } from '../../merge/report-set.js';
import { GuruError } from '../../report/error.js';
import { STDIN } from '../../saved/list-files.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-status.js';
import { examples } from '../help.js';
import { wholeNumber } from '../option-values.js';
import { readSaved } from '../read-saved.js';

interface DiffOptions {
  format: 'text' | 'json';
  before?: string[];
  after?: string[];
  limit?: number;
  threads?: true;
  greenThreads?: true;
  settings?: true;
  internal?: true;
}

/** `guru diff`: what is different between two reports, or two sets of them. */
export function diffCommand(cli: Cli): Command {
  return new Command('diff')
    .summary('say which stacks and settings differ between reports')
    .description(
      'Says which stacks appeared, went, grew and shrank, and which settings changed, between two reports or two ' +
        'sets of them. Exits with 1 if there are differences.',
    )
    .usage('[options] A B\n       guru diff [options] --before FILE... --after FILE...')
    .argument('[file-a]', 'A, the reports before: a file, a log, a directory, or -')
    .argument('[file-b]', 'B, the reports after')
    .option('-b, --before <file...>', 'several files or directories, in place of A')
    .option('-a, --after <file...>', 'several files or directories, in place of B')
    .addOption(
      new Option('-f, --format <format>', 'how to show it').choices(['text', 'json']).default('text'),
    )
    .option('-n, --limit <n>', 'of each kind of change, only the N largest stacks', wholeNumber)
    .option('-t, --threads', 'compare threads; these three can be put together, and all is the default')
    .option('-g, --green-threads', 'compare green threads: suspended async functions')
    .option('-c, --settings', 'compare settings: the options in the Configuration section')
    .option('-i, --internal', "also green threads that are Node's own throughout")
    .addHelpText(
      'after',
      examples([
        ['guru diff monday.json tuesday.json', 'two reports'],
        ['guru diff before/ after/', 'two sets of reports'],
        ['guru diff --before a1 a2 --after b1 b2 b3', 'two sets, file by file'],
        ['guru diff --settings rack1.json rack2.json', 'how two hosts are set up'],
      ]),
    )
    .action((a: string | undefined, b: string | undefined, options: DiffOptions) =>
      diff(cli, pathsOf(a, b, options), options),
    );
}

interface Paths {
  before: string[];
  after: string[];
}

function pathsOf(a: string | undefined, b: string | undefined, options: DiffOptions): Paths {
  const { before = [], after = [] } = options;
  const named = a !== undefined || b !== undefined;
  const optional = before.length + after.length > 0;
  if (named && optional) throw usage('give either A and B, or --before and --after');
  if (named && b === undefined)
    throw usage(`there is nothing to compare ${JSON.stringify(a)} with: give A and B`);
  const paths = a === undefined || b === undefined ? { before, after } : { before: [a], after: [b] };
  for (const side of ['before', 'after'] as const) {
    if (paths[side].length === 0) {
      throw usage(optional ? `option --${side} is missing` : 'give A and B, or --before and --after');
    }
  }
  if (paths.before.includes(STDIN) && paths.after.includes(STDIN)) {
    throw usage('standard input (-) can be read only once');
  }
  return paths;
}

function usage(message: string): GuruError {
  return new GuruError('ERR_GURU_OPTION', message);
}

async function diff(cli: Cli, paths: Paths, options: DiffOptions): Promise<void> {
  const { format, limit = Infinity, internal = false } = options;
  const parts = partsOf(options);
  const before = await readSide(cli, paths.before, parts);
  const after = before && (await readSide(cli, paths.after, parts, before.set.frames));
  // What has been told: half of a comparison would be a wrong one.
  if (!before || !after) return;
  const difference = diffSets(before.set, after.set, { internal });
  if (difference.stacks.length + difference.settings.length > 0) cli.status = EXIT.findings;
  if (format === 'json') {
    for (const piece of diffJson(before, after, difference, limit)) await cli.write(piece);
  } else {
    for (const piece of diffText(before, after, difference, limit)) await cli.writeText(piece);
  }
}

function partsOf({ threads, greenThreads, settings }: DiffOptions): MergedParts {
  const all = threads === undefined && greenThreads === undefined && settings === undefined;
  return {
    threads: all || threads === true,
    greenThreads: all || greenThreads === true,
    settings: all || settings === true,
  };
}

/** `null` if a path that was named cannot be read, or there is no report. */
async function readSide(
  cli: Cli,
  paths: readonly string[],
  parts: MergedParts,
  frames?: FrameTable,
): Promise<DiffSide | null> {
  const set = new ReportSet(parts, frames);
  const { summary, reports, failed } = await readSaved(cli, paths, (report) => set.add(report));
  return failed || reports === 0 ? null : { set, reading: summary };
}
