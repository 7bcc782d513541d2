import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findApplication, scriptName } from '#src/config/application.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'guru-application-')));
  mkdirSync(join(root, 'app', 'bin'), { recursive: true });
  writeFileSync(join(root, 'app', 'bin', 'mogan-api.js'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

const script = () => join(root, 'app', 'bin', 'mogan-api.js');

function writeManifest(directory: string, manifest: unknown) {
  const path = join(root, directory, 'package.json');
  writeFileSync(path, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  return path;
}

test('the nearest package.json above the main script', () => {
  writeManifest('', { name: 'workspace' });
  const packageFile = writeManifest('app', {
    name: 'mogan',
    version: '1.2.3',
    author: 'OpenStack <a@b.c> (https://x)',
  });
  assert.deepEqual(findApplication(script(), null), {
    mainScript: script(),
    packageFile,
    vendor: 'OpenStack',
    product: 'mogan',
    version: '1.2.3',
  });
});

test('files without a name are passed over', () => {
  const packageFile = writeManifest('app', { name: 'mogan' });
  writeManifest('app/bin', { type: 'commonjs' });
  const application = findApplication(script(), null);
  assert.deepEqual(application, {
    mainScript: script(),
    packageFile,
    vendor: null,
    product: 'mogan',
    version: null,
  });
});

test('vendor: an author object, else the publisher', () => {
  writeManifest('app', { name: 'mogan', author: { name: 'Ann' }, publisher: 'Corp' });
  assert.equal(findApplication(script(), null).vendor, 'Ann');
  writeManifest('app', { name: 'mogan', publisher: 'Corp' });
  assert.equal(findApplication(script(), null).vendor, 'Corp');
  writeManifest('app', { name: 'mogan', author: 5, version: 5 });
  assert.deepEqual(findApplication(script(), null).vendor, null);
  assert.deepEqual(findApplication(script(), null).version, null);
});

test('a malformed package.json is as good as none', () => {
  for (const text of ['{', 'null', '[]', '"x"', '']) {
    writeManifest('app', text);
    assert.equal(findApplication(script(), null).product, null, text);
  }
});

test('symbolic links lead to the application', () => {
  writeManifest('app', { name: 'mogan' });
  const link = join(root, 'mogan-api');
  symlinkSync(script(), link);
  assert.equal(findApplication(link, null).product, 'mogan');
  assert.equal(findApplication(link, null).mainScript, script());
});

test('a main script given without its extension', () => {
  writeManifest('app', { name: 'mogan' });
  const bare = join(root, 'app', 'bin', 'mogan-api');
  assert.deepEqual(
    [findApplication(bare, null).mainScript, findApplication(bare, null).product],
    [bare, 'mogan'],
  );
});

test('without a main script, the working directory counts', () => {
  writeManifest('app', { name: 'mogan' });
  for (const notAScript of [undefined, 'argument-after-eval']) {
    const application = findApplication(notAScript, join(root, 'app'));
    assert.deepEqual([application.mainScript, application.product], [null, 'mogan']);
  }
  assert.equal(findApplication(undefined, null).product, null);
});

test('script names', () => {
  assert.equal(scriptName('/opt/mogan/bin/mogan-api.js'), 'mogan-api');
  assert.equal(scriptName('/opt/mogan/bin/mogan'), 'mogan');
});
