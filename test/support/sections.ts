import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JsonValue, SectionOf, SectionStatus } from 'guru-meditation';
import { type App, startApp } from './app.js';

const PROGRAM = 'end-to-end/sections.mjs';
/** What most of its sections return. */
export const MODEL = { answer: 42, list: ['a', 'b'] };

/** What is expected of a section. */
export interface Expected {
  status?: SectionStatus;
  /** None where the status is `ok`. */
  reason?: RegExp;
  model?: JsonValue | ((model: JsonValue) => void);
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-sections-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts the program that registers sections: by their names, and then what it does. */
export function start(
  t: TestContext,
  names: string[],
  then: string,
  env: Record<string, string> = {},
): Promise<App> {
  return startApp(t, PROGRAM, { args: [...names, then], env });
}

export function assertSection(section: SectionOf<'custom'>, expected: Expected): void {
  const { status = 'ok', reason, model = null } = expected;
  const where = `section ${section.title}: ${section.reason ?? 'no reason'}`;
  assert.equal(section.status, status, where);
  if (reason) assert.match(section.reason ?? '', reason);
  else assert.equal(section.reason, undefined, where);
  if (typeof model === 'function') model(section.model);
  else assert.deepEqual(section.model, model, where);
}

/** Its event loop turns and its promises are settled. */
export async function assertGoesOn(app: App): Promise<void> {
  const said = (): number => app.stdout.split('alive').length;
  const before = said();
  app.signal('SIGHUP');
  await app.until('a sign of life', () => said() > before);
}
