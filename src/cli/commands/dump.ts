import { Command, Option } from 'commander';
import { GREEN_THREADS_MODES, type GreenThreadsMode } from '../../config/options.js';
import { GuruError } from '../../report/error.js';
import { FORMATS, type Format, renderReport } from '../../views/render.js';
import type { Cli } from '../cli.js';
import { dumpTarget } from '../dump/dump-target.js';
import { EXIT, exitStatusOf } from '../exit-status.js';
import { examples } from '../help.js';
import { repeated, secondsOf } from '../option-values.js';
import { atOrBelow, listNodeProcesses, type NodeProcess } from '../target/node-process.js';
import { isOwnCommand } from '../target/own-command.js';
import { prepare, resolveTarget } from '../target/resolve.js';
import { assertWritable, writeOutput } from '../write-output.js';

interface DumpCommandOptions {
  format: Format;
  output?: string;
  section?: string[];
  maxPause?: number;
  greenThreads?: GreenThreadsMode;
  /** `--no-inspector`. */
  inspector: boolean;
  all?: boolean;
}

/** `guru dump`: a report of a running process. */
export function dumpCommand(cli: Cli): Command {
  return new Command('dump')
    .summary('print a report of a running process')
    .description(
      'Prints a full report of a running Node process, set up for it or not, blocked or idle, without stopping it.',
    )
    .argument('[target]', 'the process: its id, the name of its service, script or title, or a port')
    .addOption(new Option('-f, --format <format>', 'how to show it').choices(FORMATS).default('text'))
    .option('-o, --output <file>', 'write it there, not on standard output')
    .option(
      '-s, --section <name>',
      'only this section, by title or kind; may be given several times',
      repeated(String),
    )
    .option('-p, --max-pause <seconds>', 'how long a thread may be held up', secondsOf('maxPause'))
    .addOption(
      new Option('-g, --green-threads <way>', 'how suspended async functions are found').choices(
        GREEN_THREADS_MODES,
      ),
    )
    .option('-I, --no-inspector', 'inject nothing into a process that is not set up')
    .option('-a, --all', 'also all Node processes below it; without a target, all of the machine')
    .addHelpText(
      'after',
      examples([
        ['guru dump 8675', 'a report of process 8675'],
        ['guru dump mogan-api', 'of the service, or the script, of that name'],
        ['guru dump :8080 -f json -o api.json', 'of whoever listens on a port, into a file'],
        ['guru dump -s threads 8675', 'only what its threads do'],
        ['guru dump 8675 --all', 'of a cluster: the primary and its workers'],
      ]),
    )
    .action((target: string | undefined, options: DumpCommandOptions) => dump(cli, target, options));
}

async function dump(cli: Cli, target: string | undefined, options: DumpCommandOptions): Promise<void> {
  const { format, output, section, maxPause = null, greenThreads = null, inspector, all = false } = options;
  if (output !== undefined) assertWritable(output);
  const processes = await processesOf(target, all);
  const request = { sections: section ?? null, maxPause, greenThreads, noInspector: !inspector };
  const progress = cli.startProgress();
  const texts: string[] = [];
  for (const [at, one] of processes.entries()) {
    const since = performance.now();
    const ticking = setInterval(() => {
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      progress.update(() => `process ${one.pid} (${at + 1} of ${processes.length}), ${seconds} s`);
    }, 100);
    try {
      const text = renderReport(await dumpTarget(one, request, (line) => cli.warn(line)), format);
      if (output !== undefined) texts.push(text);
      else if (format !== 'text') await cli.write(text);
      else await cli.writeText(at === 0 ? text : `\n${text}`);
    } catch (error) {
      // One of many that ended meanwhile costs none of the others.
      if (!all || !(error instanceof GuruError) || exitStatusOf(error.code) !== EXIT.unreachable) throw error;
      cli.warn(error.message);
      cli.status = EXIT.unreachable;
    } finally {
      clearInterval(ticking);
      progress.clear();
    }
  }
  if (output !== undefined && texts.length > 0)
    writeOutput(output, texts.join(format === 'text' ? '\n' : ''));
}

async function processesOf(target: string | undefined, all: boolean): Promise<NodeProcess[]> {
  if (target === undefined && !all) throw new GuruError('ERR_GURU_OPTION', 'give a process, or --all');
  if (target !== undefined && !all) return [await resolveTarget(target)];
  await prepare();
  const processes = target === undefined ? listNodeProcesses() : await withThoseBelow(target);
  return processes.filter((one) => !isOwnCommand(one));
}

async function withThoseBelow(target: string): Promise<NodeProcess[]> {
  const { pid } = await resolveTarget(target);
  return atOrBelow(pid, listNodeProcesses());
}
