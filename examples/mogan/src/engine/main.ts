import { setupAutorun } from 'guru-meditation';
import { readCommandLine } from '../command-line.js';
import { loadConfig } from '../config.js';
import { createLog } from '../log.js';
import type { FromEngine, ToEngine } from '../protocol.js';
import { runService } from '../service.js';
import { registerTasks } from '../tasks-section.js';
import { TaskRunner } from './task-runner.js';

/** mogan-engine: runs the tasks that mogan-api sends, until it is told to stop or mogan-api is gone. */
export function main(args: string[]): Promise<void> {
  return runService('mogan-engine', () => start(args));
}

async function start(args: string[]): Promise<void> {
  if (process.send === undefined) throw new Error('is started by mogan-api, not by hand');
  const { configFile } = readCommandLine(args);
  // mogan-api has read the same file and has said what is odd in it.
  const config = loadConfig(configFile, () => {});
  setupAutorun({ serviceName: 'mogan-engine', configFile, conf: config });

  const log = createLog('mogan-engine', config.get('default.debug'));
  const runner = new TaskRunner(config.get('engine'), log, tellApi);
  registerTasks('Tasks of this engine', () => runner.entries);

  const stop = (): void => {
    runner.cancelAll();
    if (process.connected) process.disconnect();
  };
  process.on('message', (message) => obey(message as ToEngine, runner, stop));
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  // Ctrl-C in a terminal reaches the engines too; it is mogan-api that tells them to stop.
  process.on('SIGINT', () => {});
  tellApi({ type: 'ready' });
}

function obey(message: ToEngine, runner: TaskRunner, stop: () => void): void {
  switch (message.type) {
    case 'run':
      void runner.run(message.task);
      break;
    case 'cancel':
      runner.cancel(message.id);
      break;
    case 'stop':
      stop();
      break;
  }
}

function tellApi(message: FromEngine): void {
  // A failure means that mogan-api is gone: `disconnect` comes, and ends the engine.
  process.send?.(message, undefined, undefined, () => {});
}
