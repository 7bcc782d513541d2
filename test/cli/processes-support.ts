import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findMeetingPoint } from '#src/meeting/find.js';
import type { Report } from 'guru-meditation';
import { type App, startApp, type StartOptions } from '../support/app.js';
import { type Ended, guru } from './support.js';

export const IS_ROOT = process.geteuid?.() === 0;
/** The user `nobody` on most systems; without a name it does as well. */
export const NOBODY = 65_534;

/** Starts a program, and waits until `guru` can reach it. */
export async function startSetUp(t: TestContext, name: string, options: StartOptions = {}): Promise<App> {
  const app = await startApp(t, name, options);
  await app.until('socket', () => socketOf(app));
  return app;
}

export function socketOf(app: App): string | null {
  const found = findMeetingPoint(app.pid);
  return found.problem === undefined ? found.path : null;
}

export async function dumpJson(app: App, ...args: string[]): Promise<Report> {
  const ended = await guru(['dump', String(app.pid), '-f', 'json', ...args]);
  if (ended.code !== 0) throw new Error(`guru dump: ${ended.code}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Report;
}

/** What is wrong in one line, and exit code 3. */
export function isUnreachable({ code, stdout, stderr }: Ended): boolean {
  return code === 3 && stdout === '' && /^guru: [^\n]+\n$/.test(stderr);
}

/** What is in the directory of sockets that holds this one. */
export function socketsBeside(path: string): string[] {
  return readdirSync(join(path, '..'));
}
