import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { moganDirectory, MoganService } from './mogan-service.js';

describe('mogan.conf', () => {
  const start = (text: string | null): { status: number | null; stderr: string; file: string } => {
    const directory = mkdtempSync(join(tmpdir(), 'mogan-conf-'));
    const file = join(directory, 'mogan.conf');
    try {
      if (text !== null) writeFileSync(file, text);
      const script = join(moganDirectory, 'bin/mogan-api.js');
      const { status, stderr } = spawnSync(process.execPath, [script, '--config-file', file], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      return { status, stderr, file };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };

  const mistakes: [string, string | null, RegExp][] = [
    ['that is missing', null, /ENOENT/],
    ['with a port that is none', '[api]\nport = 70000', /api\.port: ports must be within range/],
    [
      'with a word for a number',
      '[engine]\nworkers = two',
      /engine\.workers: must be a whole number above 0/,
    ],
    [
      'with a time below zero',
      '[engine]\ndeploy_time = -1',
      /engine\.deploy_time: must be a number of seconds/,
    ],
    [
      'with neither true nor false',
      '[api]\nenable_debug = maybe',
      /api\.enable_debug: must be true or false/,
    ],
  ];
  for (const [what, text, message] of mistakes) {
    test(`a file ${what} ends mogan-api with one line that says so`, () => {
      const { status, stderr, file } = start(text);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
      assert.ok(stderr.startsWith(`mogan-api: ${file}: `), stderr);
    });
  }

  test('an option that mogan does not know is named and does no harm', async () => {
    const mogan = await MoganService.start({ api: { prot: 6688 } });
    try {
      assert.match(mogan.stderr, /mogan\.conf: Warning: configuration param 'api\.prot' not declared/);
    } finally {
      await mogan.dispose();
    }
  });

  test('enable_debug offers a route that blocks the event loop', async () => {
    const mogan = await MoganService.start({ api: { enable_debug: 'yes' } });
    try {
      const answer = await mogan.request<{ ms: number }>('POST', '/v1/debug/spin?ms=30');
      assert.equal(answer.status, 200);
      assert.equal(answer.body.ms, 30);
      assert.equal((await mogan.request('POST', '/v1/debug/spin?ms=60001')).status, 400);
    } finally {
      await mogan.dispose();
    }
  });
});
