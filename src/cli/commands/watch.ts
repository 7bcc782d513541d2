import { Command, InvalidArgumentError, Option } from 'commander';
import { GuruError } from '../../report/error.js';
import { isSameName } from '../../report/section-name.js';
import type { Cli } from '../cli.js';
import { examples } from '../help.js';
import { repeated, secondsBetween, secondsOf, wholeNumber } from '../option-values.js';
import { resolveTarget } from '../target/resolve.js';
import { createOutput } from '../watch/output.js';
import type { Turn } from '../watch/turn.js';
import { watchTarget } from '../watch/watch-target.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SECTIONS = ['threads', 'green-threads'] as const;
const DEFAULT_INTERVAL_S = 2;
const SHORTEST_S = 0.1;
const DAY_S = 86_400;

type SectionName = (typeof SECTIONS)[number];

interface WatchOptions {
  interval: number;
  count?: number;
  format: 'text' | 'json';
  section?: SectionName[];
  maxPause?: number;
  greenThreads: 'memory' | 'off';
  inspector: boolean;
}

/** `guru watch`: the stacks of a process again and again, and what has changed. */
export function watchCommand(cli: Cli): Command {
  return new Command('watch')
    .summary('show what a process does again and again, and what changes')
    .description(
      'Shows the groups of like stacks of a running Node process, the largest first, again and again, with what has ' +
        'changed since the turn before: on a terminal in place, otherwise one block after the other.',
    )
    .argument('<target>', 'the process: its id, the name of its service, script or title, or a port')
    .option(
      '-i, --interval <seconds>',
      'from the start of a turn to that of the next',
      secondsBetween(SHORTEST_S, DAY_S),
      DEFAULT_INTERVAL_S,
    )
    .option('-n, --count <n>', 'end after so many turns', wholeNumber)
    .addOption(
      new Option('-f, --format <format>', 'how to show them').choices(['text', 'json']).default('text'),
    )
    .addOption(
      new Option('-s, --section <name>', 'only these stacks; may be given twice')
        .choices(SECTIONS)
        .argParser(repeated(sectionName)),
    )
    .option('-p, --max-pause <seconds>', 'how long a thread may be held up in a turn', secondsOf('maxPause'))
    .addOption(
      new Option('-g, --green-threads <way>', 'how suspended async functions are found')
        .choices(['memory', 'off'])
        .default('memory'),
    )
    .option(
      '-x, --inspector',
      'open and close the inspector of a process that is not set up in each turn',
      false,
    )
    .addHelpText(
      'after',
      examples([
        ['guru watch 8675', 'what process 8675 is doing, every 2 s'],
        ['guru watch mogan-api -i 10 -s green-threads', 'what the requests of a service wait for'],
        ['guru watch :8080 -n 30 > turns.txt', 'thirty turns, into a file'],
        ['guru watch 8675 -f json | jq .groups[0].count', 'for programs'],
      ]),
    )
    .action((target: string, options: WatchOptions) => watch(cli, target, options));
}

async function watch(cli: Cli, name: string, options: WatchOptions): Promise<void> {
  const { interval, count = Infinity, format, maxPause = null, greenThreads, inspector } = options;
  const sections = sectionsOf(options);
  const target = await resolveTarget(name);
  const controller = new AbortController();
  const { signal } = controller;
  const onSignal = (): void => controller.abort();
  for (const one of SIGNALS) process.on(one, onSignal);
  const progress = cli.startProgress();
  const ticking = setInterval(() => progress.update(() => `process ${target.pid}: the first turn`), 100);
  const output = createOutput(cli, format, interval);
  const show = async (turn: Turn): Promise<void> => {
    clearInterval(ticking);
    await output.show(turn);
  };
  let end: string | null = null;
  try {
    const request = { sections, maxPause, greenThreads, noInspector: !inspector };
    const watching = { target, request, intervalMs: interval * 1000, count, signal };
    end = await watchTarget(watching, { ...output, show });
  } finally {
    clearInterval(ticking);
    progress.clear();
    output.close();
    for (const one of SIGNALS) process.off(one, onSignal);
    cli.hurries = signal.aborted;
  }
  if (end !== null) cli.warn(end);
}

function sectionsOf({ section, greenThreads }: WatchOptions): SectionName[] {
  if (greenThreads !== 'off') return section ?? [...SECTIONS];
  if (section?.every((one) => one === 'green-threads'))
    throw new GuruError('ERR_GURU_OPTION', 'with --green-threads off there are no green threads to show');
  return ['threads'];
}

/** In every spelling in which `guru dump` takes them. */
function sectionName(text: string): SectionName {
  const found = SECTIONS.find((one) => isSameName(one, text));
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${SECTIONS.join(', ')}.`);
  return found;
}
