import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Frame, GreenThreadGroup } from 'guru-meditation';
import { sectionOf, startApp } from '../support/app.js';

const APP = 'end-to-end/packages.mjs';
const LINES = readFileSync(`test/apps/${APP}`, 'utf8').split('\n');

async function groups(t: TestContext, what: string): Promise<GreenThreadGroup[]> {
  const env = { GURU_GREEN_THREADS: 'snapshot', GURU_DEADLINE: '60' };
  const app = await startApp(t, APP, { nodeArgs: [], args: [what], env });
  const section = sectionOf(await app.ask(), 'greenThreads');
  assert.equal(section.status, 'ok', section.reason);
  return section.model?.groups ?? [];
}

const isOwn = ({ file }: Frame): boolean => file.endsWith(APP);

/** The stacks of the program's own functions: `count: function @mark < …`, each at the line that bears its mark. */
function own(found: GreenThreadGroup[]): string[] {
  return found
    .map((group) => ({ count: group.count, frames: group.frames.filter(isOwn) }))
    .filter(({ frames }) => frames.length > 0)
    .map(({ count, frames }) => `${count}: ${frames.map(described).join(' < ')}`)
    .sort();
}

function described({ function: name, line }: Frame): string {
  const mark = /\/\/ @(\w+)$/.exec(LINES[(line ?? 0) - 1] ?? '')?.[1];
  return mark === undefined ? name : mark === name ? `${name}*` : `${name} @${mark}`;
}

test('Fastify: fifty requests that hang in three places, by their labels', async (t) => {
  const found = await groups(t, 'fastify');
  const text = own(found).join('\n');
  assert.match(text, /^17: loadUser\* < withUser\*$/m);
  assert.match(text, /^16: loadUser\* < Object\.authorise @authorise$/m);
  assert.match(text, /^17: checkStock < Object\.getOrder @getOrder$/m);
  const users = found.find(({ frames }) => frames.some(({ function: name }) => name.includes('withUser')));
  assert.match(users?.label ?? '', /^request \d+$/);
  assert.equal(new Set(users?.members?.map(({ label }) => label)).size, 17);
});

test('undici: requests to a server that never answers', async (t) => {
  const found = await groups(t, 'undici');
  assert.deepEqual(
    own(found).filter((stack) => stack.includes('callUpstream')),
    ['3: callUpstream*'],
  );
  const group = found.find(({ frames }) => frames.some(({ function: name }) => name === 'callUpstream'));
  assert.match(JSON.stringify(group), /127\.0\.0\.1|http|socket/i);
});

test('p-queue: jobs that run, and all that waits for them: who asked, and who waits for their turn', async (t) => {
  assert.deepEqual(own(await groups(t, 'p-queue')), ['2: job* < enqueue*', '3: enqueue*']);
});

test('ioredis: commands to a port that accepts and never replies', async (t) => {
  assert.deepEqual(
    own(await groups(t, 'ioredis')).filter((stack) => stack.includes('readCache')),
    ['4: readCache*'],
  );
});

test('pino beside a function that waits', async (t) => {
  assert.deepEqual(
    own(await groups(t, 'pino')).filter((stack) => stack.includes('logged')),
    ['1: logged*'],
  );
});
