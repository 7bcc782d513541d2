import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { setupAutorun } from 'guru-meditation';
import { readCommandLine } from '../command-line.js';
import { loadConfig } from '../config.js';
import { createLog, type Log } from '../log.js';
import { registerTasks } from '../tasks-section.js';
import { runService } from '../service.js';
import { createApp } from './app.js';
import { buildsInProgress } from './builds-in-progress.js';
import { EnginePool } from './engine-pool.js';
import { ServerStore } from './server-store.js';

const ENGINE_SCRIPT = fileURLToPath(new URL('../../bin/mogan-engine.js', import.meta.url));
/** Nobody is asked who they are, so nobody but this machine may ask. */
const HOST = '127.0.0.1';
/** How long requests that have begun may take to be answered once the service stops. */
const ANSWER_MS = 500;

/** mogan-api: serves HTTP and keeps the engines. Runs until SIGTERM or SIGINT. */
export function main(args: string[]): Promise<void> {
  return runService('mogan-api', () => start(args));
}

async function start(args: string[]): Promise<void> {
  const { configFile } = readCommandLine(args);
  const config = loadConfig(configFile, createLog('mogan-api', false).warn);
  // Never disposed of: should the service hang while it stops, a report can still be had.
  setupAutorun({ serviceName: 'mogan-api', configFile, conf: config });
  const log = createLog('mogan-api', config.get('default.debug'));
  const servers = new ServerStore();
  registerTasks('Builds in progress', () => buildsInProgress(servers));
  const engines = new EnginePool({
    workers: config.get('engine.workers'),
    maxDispatches: config.get('engine.max_dispatches'),
    script: ENGINE_SCRIPT,
    args: ['--config-file', configFile],
    log,
    onWaiting: (id) => servers.progress(id, { step: null, attempt: 0, enginePid: null }),
    onProgress: (id, step, attempt, enginePid) => servers.progress(id, { step, attempt, enginePid }),
    onDone: (id, result) => servers.finish(id, result),
    onFailed: (id, reason) => servers.fail(id, reason),
  });
  const app = createApp({
    servers,
    engines,
    maxServers: config.get('api.max_servers'),
    enableDebug: config.get('api.enable_debug'),
  });
  stopOnSignals(app, engines, config.get('default.shutdown_timeout'), log);

  const address = await app.listen({ host: HOST, port: config.get('api.port') });
  process.stdout.write(`mogan-api listening on ${address} pid ${process.pid}\n`);
}

/** The process ends by itself once nothing is left to do. A second signal ends it at once. */
function stopOnSignals(app: FastifyInstance, engines: EnginePool, timeout: number, log: Log): void {
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    log.info(`${signal}: stopping`);
    // Connections on which no request was sent yet are not idle to Node (seen on 20): `close` would wait for them.
    const timer = setTimeout(() => app.server.closeAllConnections(), ANSWER_MS);
    await Promise.all([app.close(), engines.stop(timeout)]);
    clearTimeout(timer);
    log.info('stopped');
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stop(signal).catch((error: unknown) => {
      log.warn(`could not stop: ${String(error)}`);
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}
