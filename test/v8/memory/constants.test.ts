import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { constantsOf, readFileConstants, readV8Constants } from '#src/v8/memory/constants.js';

const linuxOnly = { skip: process.platform !== 'linux' };

test('reads the constants of the V8 that runs this', linuxOnly, () => {
  const constants = readV8Constants('self');
  assert.ok(!('reason' in constants));
  assert.ok(constants.size > 300);
  // These three are the same wherever pointers are not compressed.
  assert.equal(constants.get('HeapObjectTag'), 1);
  assert.equal(constants.get('HeapObjectTagMask'), 3);
  assert.equal(constants.get('class_Map__instance_type__uint16_t'), 12);
  // Zero, which the file does not always hold.
  assert.equal(constants.get('SmiTag'), 0);
  assert.equal(typeof constants.find('type_JSAsyncFunctionObject__'), 'number');
  assert.equal(constants.get('no such thing'), undefined);
  assert.equal(readV8Constants(process.pid), constants, 'read once');
});

test('finds by the beginning of the name, if that is one value only', () => {
  const constants = constantsOf(
    new Map([
      ['class_A__b__Object', 8],
      ['class_A__b__Tagged_Object_', 8],
      ['class_A__c', 16],
      ['class_A__c_d', 24],
      ['class_B__x__int', 1],
      ['class_B__xy__int', 2],
    ]),
    'test',
  );
  assert.equal(constants.find('class_A__b__'), 8);
  assert.equal(constants.find('class_A__c'), 16);
  assert.equal(constants.find('class_B__x'), undefined);
  assert.equal(constants.find('class_B__x__'), 1);
  assert.equal(constants.find('class_C'), undefined);
});

test('says why there are none', linuxOnly, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'constants-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, bytes: Buffer | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const shell = readFileSync('/bin/sh');
  const paths = [
    join(folder, 'missing'),
    write('empty', ''),
    write('text', 'this is no executable file, and longer than the header of one would be: so read on'),
    write('header', shell.subarray(0, 64)),
    write('half', shell.subarray(0, shell.length >> 1)),
    '/bin/sh',
    folder,
  ];
  for (const path of paths) {
    const constants = readFileConstants(path, 'the file');
    assert.ok('reason' in constants, path);
    assert.match(constants.reason, /the file/);
  }
  const gone = readV8Constants(2 ** 22 + 1);
  assert.ok('reason' in gone);
});
