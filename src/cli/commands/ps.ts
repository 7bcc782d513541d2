import { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-status.js';
import { examples } from '../help.js';
import { readRows } from '../ps/read-row.js';
import { psTable } from '../ps/table.js';
import { atOrBelow, listNodeProcesses, type NodeProcess } from '../target/node-process.js';
import { prepare, resolveTarget } from '../target/resolve.js';

interface PsOptions {
  all?: boolean;
  format: 'text' | 'json';
}

/** `guru ps`: which Node processes there are, and what they are at. */
export function psCommand(cli: Cli): Command {
  return new Command('ps')
    .summary('list the Node processes of this machine')
    .description(
      'Lists the Node processes of this machine, or one of them: who runs them, what they take, whether they are set ' +
        'up for reports and by what trigger, and whether their event loop turns.',
    )
    .argument('[target]', 'one process: its id, the name of its service, script or title, or a port')
    .option('-a, --all', 'with a target: also all Node processes below it')
    .addOption(
      new Option('-f, --format <format>', 'how to show them').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      examples([
        ['guru ps', 'all Node processes'],
        ['guru ps 8675 --all', 'a cluster: the primary and its workers'],
        ['guru ps -f json | jq .[].pid', 'for programs'],
      ]),
    )
    .action((target: string | undefined, options: PsOptions) => ps(cli, target, options));
}

async function ps(cli: Cli, target: string | undefined, { all = false, format }: PsOptions): Promise<void> {
  const rows = await readRows(await processesOf(target, all));
  // What was asked for by name has ended.
  if (rows.length === 0 && target !== undefined) cli.status = EXIT.unreachable;
  if (format === 'json') await cli.write(`${JSON.stringify(rows, null, 2)}\n`);
  else await cli.write(psTable(rows));
}

async function processesOf(target: string | undefined, all: boolean): Promise<NodeProcess[]> {
  await prepare();
  if (target === undefined) return listNodeProcesses().filter(({ pid }) => pid !== process.pid);
  const one = await resolveTarget(target);
  return all ? atOrBelow(one.pid, listNodeProcesses()) : [one];
}
