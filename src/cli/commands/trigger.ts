import { Command } from 'commander';
import { call, CallError } from '../../meeting/call.js';
import type { Answer, ConfiguredTrigger } from '../../meeting/protocol.js';
import type { Cli } from '../cli.js';
import { parseDelivery, parseTrigger } from '../../meeting/parse-answers.js';
import type { Delivery } from '../../sinks/deliver.js';
import { escapeLine } from '../../views/text-escape.js';
import { examples } from '../help.js';
import type { NodeProcess } from '../target/node-process.js';
import { ANSWER_MS, askStatus } from '../target/ask-status.js';
import { assertStaysAlive, sendHandledSignal } from '../target/identity.js';
import { resolveTarget } from '../target/resolve.js';
import { explainRefusal } from '../target/permission.js';
import { targetError } from '../target/target-error.js';
import { whereStderrGoes } from '../trigger/where-stderr-goes.js';

/** Bytes. */
const ANSWER_LIMIT = 1024 * 1024;

/** `guru trigger`: fires what the process itself waits for. */
export function triggerCommand(cli: Cli): Command {
  return new Command('trigger')
    .summary("fire a process's own trigger, and say where the report went")
    .description(
      'Fires the trigger that a process is set up with, whatever that is: sends the signal, or has the file touched. ' +
        'Then says where the report went.',
    )
    .argument('<target>', 'the process: its id, the name of its service, script or title, or a port')
    .addHelpText(
      'after',
      examples([
        ['guru trigger 8675', 'process 8675 makes a report'],
        ['guru trigger mogan-api', 'the service of that name'],
      ]),
    )
    .action((target: string) => trigger(cli, target));
}

async function trigger(cli: Cli, text: string): Promise<void> {
  const target = await resolveTarget(text);
  const { pid } = target;
  const path = await socketOf(target);
  const progress = cli.startProgress();
  const ticking = setInterval(() => progress.update(() => `process ${pid} makes its report`), 100);
  let fired: ConfiguredTrigger | null = null;
  let delivery: Delivery | null = null;
  const onAnswer = (answer: Answer): number | null => {
    if (answer.type === 'delivered') delivery = parseDelivery(answer.delivery);
    if (answer.type !== 'accepted') return null;
    fired = parseTrigger(answer.trigger);
    if (fired?.kind === 'signal') sendHandledSignal(target, fired.signal as NodeJS.Signals);
    return answer.withinMs;
  };
  try {
    await call(path, { command: 'trigger' }, { firstMs: ANSWER_MS, limit: ANSWER_LIMIT, onAnswer });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    await assertStaysAlive(target);
    const after = fired === null ? '' : `, after ${describe(fired)}`;
    throw targetError(`process ${pid}${after}: ${error.message}`, error);
  } finally {
    clearInterval(ticking);
    progress.clear();
  }
  if (fired === null || delivery === null) throw targetError(`process ${pid} answered something else`);
  await cli.write(`${escapeLine(`${describe(fired)}: ${whereItWent(pid, delivery)}`)}\n`);
}

/** @throws {GuruError} `ERR_GURU_TARGET` for a process that is not set up, or not ours to ask */
async function socketOf({ pid, uid }: NodeProcess): Promise<string> {
  const asked = await askStatus(pid);
  if (asked.kind === 'set-up') return asked.path;
  if (asked.kind === 'forbidden')
    throw targetError(
      `process ${pid}: to ask it for its trigger is not permitted: ${explainRefusal({ pid, uid }, 'read')}`,
    );
  const why = asked.kind === 'absent' ? ' (it is not set up, or its option socket is off)' : '';
  throw targetError(
    `process ${pid} was not triggered, as it cannot be asked for its trigger: ${asked.reason}${why}; guru dump ${pid} makes a report all the same`,
  );
}

function describe(trigger: ConfiguredTrigger): string {
  return trigger.kind === 'signal' ? trigger.signal : `touching ${trigger.path}`;
}

function whereItWent(pid: number, delivery: Delivery): string {
  switch (delivery.kind) {
    case 'file':
      return `the report is in ${delivery.path}`;
    case 'stderr':
      return `the report went to ${whereStderrGoes(pid)}${delivery.problem === undefined ? '' : `, as ${delivery.problem}`}`;
    case 'lost':
      throw targetError(
        `process ${pid} made a report, which is lost: ${delivery.problem} (${whereStderrGoes(pid)})`,
      );
  }
}
