import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

export type Mode = 'main' | 'worker';

export type Event =
  | { event: 'ready' | 'started' | 'problems' | 'closed' | 'line' | 'pong' | 'exiting' }
  | { event: 'outcome'; outcome: string }
  | { event: 'opened'; fd: number }
  | { event: 'flags'; nonBlocking: boolean };

/** test/apps/sinks/stderr-writer.mjs, started: it does what it is told on stdin and says so on stdout. */
export interface WriterApp {
  child: ChildProcess;
  tell(command: { do: string; [field: string]: unknown }): void;
  /** The next event, which must be of this kind. */
  expect<E extends Event['event']>(kind: E): Promise<Extract<Event, { event: E }>>;
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const APP = 'test/apps/sinks/stderr-writer.mjs';

export async function startWriter(
  t: TestContext,
  mode: Mode,
  stderr: number | 'pipe',
  options: SpawnOptions = {},
): Promise<WriterApp> {
  const child = spawn(process.execPath, [APP, mode], { ...options, stdio: ['pipe', 'pipe', stderr] });
  return control(t, child);
}

/** Takes over an app whose stdin and stdout are pipes to this process. */
export async function control(t: TestContext, child: ChildProcess): Promise<WriterApp> {
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the app needs pipes');
  let text = '';
  stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));

  const app: WriterApp = {
    child,
    exit,
    tell: (command) => stdin.write(`${JSON.stringify(command)}\n`),
    async expect(kind) {
      await until(`the event ${kind}`, () => text.includes('\n') || child.exitCode !== null);
      const end = text.indexOf('\n');
      if (end < 0) throw new Error(`the app exited instead of saying ${kind}`);
      const event = JSON.parse(text.slice(0, end)) as Event;
      text = text.slice(end + 1);
      if (event.event !== kind) throw new Error(`the app said ${JSON.stringify(event)} instead of ${kind}`);
      return event as never;
    },
  };
  await app.expect('ready');
  return app;
}

/** Waits until something holds, half a minute at most. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; n < 3_000; n++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

export function temporaryDirectory(t: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'guru-test-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A pipe whose reader is this process and reads only when told; `writer` is blocking, as a shell's pipe is. */
export interface Pipe {
  writer: number;
  /** Reads until all writers have closed it. */
  readAll(): Promise<string>;
  /** Reads until the text ends with this. */
  readUntil(end: string): Promise<string>;
  closeReader(): void;
  closeWriter(): void;
}

export function openPipe(t: TestContext): Pipe {
  const path = join(temporaryDirectory(t), 'fifo');
  const made = spawnSync('mkfifo', [path]);
  if (made.status !== 0) throw new Error(`mkfifo: ${String(made.error ?? made.stderr)}`);
  const reader = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const writer = fs.openSync(path, fs.constants.O_WRONLY);
  const open = new Set([reader, writer]);
  const close = (fd: number): void => {
    if (open.delete(fd)) fs.closeSync(fd);
  };
  t.after(() => open.forEach(close));

  let text = '';
  const readUntil = async (enough: () => boolean): Promise<string> => {
    const buffer = Buffer.alloc(65_536);
    let ended = false;
    await until('the end of the pipe', () => {
      while (!ended && !enough()) {
        try {
          const length = fs.readSync(reader, buffer);
          ended = length === 0;
          text += buffer.toString('latin1', 0, length);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
          throw error;
        }
      }
      return true;
    });
    return text;
  };
  return {
    writer,
    readAll: () => readUntil(() => false),
    readUntil: (end) => readUntil(() => text.endsWith(end)),
    closeReader: () => close(reader),
    closeWriter: () => close(writer),
  };
}
