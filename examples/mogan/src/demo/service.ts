import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const API_SCRIPT = fileURLToPath(new URL('../../bin/mogan-api.js', import.meta.url));
const LISTENING = /^mogan-api listening on (\S+) pid \d+$/;

/** A mogan-api that runs beside this process, as an operator has it: with its stderr in a file. */
export interface Service {
  pid: number;
  url: string;
  /** The exact command line. */
  command: string;
  readStderr(): string;
  /** SIGTERM; resolves when it has ended, throws if not with code 0. */
  stop(): Promise<void>;
}

/**
 * Starts mogan-api and waits until it listens.
 *
 * @throws Error with what it wrote to stderr, if it ends before.
 */
export async function startService(configFile: string, stderrFile: string): Promise<Service> {
  const stderr = openSync(stderrFile, 'a');
  const child = spawn(process.execPath, [API_SCRIPT, '--config-file', configFile], {
    stdio: ['ignore', 'pipe', stderr],
  });
  closeSync(stderr);
  if (child.stdout === null) throw new Error('mogan-api has no stdout');
  const readStderr = (): string => readFileSync(stderrFile, 'utf8');
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    if (code !== 0) throw new Error(`mogan-api ended with ${signal ?? code}`);
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = LISTENING.exec(line)?.[1];
    if (url === undefined || child.pid === undefined) continue;
    const command = `node examples/mogan/bin/mogan-api.js --config-file ${configFile} 2>${stderrFile}`;
    return { pid: child.pid, url, command, readStderr, stop };
  }
  throw new Error(`mogan-api did not come to listen; its stderr:\n${readStderr()}`);
}
