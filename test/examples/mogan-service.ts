import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Compiled, this file is in build/test/examples. */
export const moganDirectory = fileURLToPath(new URL('../../../examples/mogan/', import.meta.url));

/** A server as mogan-api describes it. */
export interface ServerBody {
  id: string;
  name: string;
  status: string;
  power_state: string;
  node: string | null;
  image_checksum: string | null;
  fault: string | null;
  task: { action: string; step: string | null; attempt: number; engine_pid: number | null } | null;
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Health {
  status: string;
  engines: { pid: number; ready: boolean; tasks: number }[];
}

/** A response whose body is not looked into further than a test does. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Everything quick: a test waits for what happens, not for how long it takes in life. */
const quickEngine = {
  workers: 2,
  image_size_mb: 4,
  deploy_time: 0.05,
  step_timeout: 60,
  retry_delay: 0.02,
  inject_faults: true,
};

type Groups = Record<string, Record<string, string | number | boolean>>;

/** A mogan-api that runs, with its stderr in a file. */
export class MoganService {
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<Exit>;
  readonly #directory: string;

  private constructor(pid: number, url: string, exited: Promise<Exit>, directory: string) {
    this.pid = pid;
    this.url = url;
    this.exited = exited;
    this.#directory = directory;
  }

  /**
   * Starts it on a free port and waits until it listens. The options of `choose` come instead of the quick ones; it may
   * put files into the service's directory.
   */
  static async start(choose: Groups | ((directory: string) => Groups) = {}): Promise<MoganService> {
    const directory = mkdtempSync(join(tmpdir(), 'mogan-test-'));
    const groups = typeof choose === 'function' ? choose(directory) : choose;
    const configFile = join(directory, 'mogan.conf');
    writeFileSync(
      configFile,
      toIni({
        ...groups,
        api: { port: 0, ...groups['api'] },
        engine: { ...quickEngine, ...groups['engine'] },
      }),
    );
    const stderr = openSync(join(directory, 'err.log'), 'a');
    const script = join(moganDirectory, 'bin/mogan-api.js');
    const child = spawn(process.execPath, [script, '--config-file', configFile], {
      stdio: ['ignore', 'pipe', stderr],
    });
    closeSync(stderr);
    const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
    assert.ok(child.stdout);
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^mogan-api listening on (http:\/\/127\.0\.0\.1:\d+) pid (\d+)$/.exec(line)?.[1];
      if (url !== undefined && child.pid !== undefined)
        return new MoganService(child.pid, url, exited, directory);
      throw new Error(`mogan-api printed ${JSON.stringify(line)} when it was to listen`);
    }
    throw new Error(
      `mogan-api ended before it listened: ${readFileSync(join(directory, 'err.log'), 'utf8')}`,
    );
  }

  get stderr(): string {
    return readFileSync(join(this.#directory, 'err.log'), 'utf8');
  }

  /** A path in the service's own temporary directory. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  async request<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, { method, ...init });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : JSON.parse(text)) as T,
    };
  }

  async build(name: string, image = 'debian-13'): Promise<ServerBody> {
    const { status, body } = await this.request<ServerBody>('POST', '/v1/servers', { name, image });
    if (status !== 202) throw new Error(`build of ${name}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async show(id: string): Promise<ServerBody> {
    return (await this.request<ServerBody>('GET', `/v1/servers/${id}`)).body;
  }

  async health(): Promise<Health> {
    return (await this.request<Health>('GET', '/healthz')).body;
  }

  /** The server once `condition` holds for it. */
  untilServer(id: string, condition: (server: ServerBody) => boolean): Promise<ServerBody> {
    return until(
      async () => {
        const server = await this.show(id);
        return condition(server) ? server : undefined;
      },
      () => `server ${id}; stderr:\n${this.stderr}`,
    );
  }

  /** Stops it in whatever state it is, and removes its files. */
  async dispose(): Promise<void> {
    if (isAlive(this.pid)) process.kill(this.pid, 'SIGTERM');
    const timer = setTimeout(() => process.kill(this.pid, 'SIGKILL'), 20_000);
    await this.exited;
    clearTimeout(timer);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What `look` finds, looking again and again until there is something; `subject` is for the error after a minute. */
export async function until<T>(
  look: () => Promise<T | undefined> | T | undefined,
  subject: () => string,
): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${subject()}`);
    await sleep(20);
  }
}

/** Zombies do not count: where init does not reap, orphans stay zombies. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).at(0) !== 'Z';
  } catch {
    // No such process.
    return false;
  }
}

function toIni(groups: Groups): string {
  return Object.entries(groups)
    .map(([group, options]) => [
      `[${group}]`,
      ...Object.entries(options).map(([name, value]) => `${name} = ${value}`),
    ])
    .flat()
    .join('\n');
}

/** The pids of both engines, once they are there. */
export function readyEngines(mogan: MoganService): Promise<number[]> {
  return until(
    async () => {
      const pids = (await mogan.health()).engines.filter(({ ready }) => ready).map(({ pid }) => pid);
      return pids.length === 2 ? pids : undefined;
    },
    () => `two engines; stderr:\n${mogan.stderr}`,
  );
}

export const isIdle = (server: ServerBody): boolean => server.task === null;
