import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFunctionNames } from '#src/os/linux/elf-symbols.js';
import { guardedMappings, mappingsWith } from '#src/os/linux/memory-map.js';
import { readThreadStarts } from '#src/os/linux/thread-starts.js';
import { readThreads } from '#src/os/threads.js';
import { startBlocked } from '../support.js';

const skip = process.platform === 'linux' ? false : 'Linux only';

const MAPS = `00400000-00b6f000 r--p 00000000 fe:00 260689                             /usr/bin/node
00b72000-025fe000 r-xp 00772000 fe:00 260689                             /usr/bin/node
0565d000-05689000 rw-p 00000000 00:00 0 
1ea8c000-1ed4f000 rw-p 00000000 00:00 0                                  [heap]
7f13bb7ba000-7f13bb7bb000 ---p 00000000 00:00 0 
7f13bb7bb000-7f13bbbbb000 rw-p 00000000 00:00 0 
7f13bbbbb000-7f13bbbbc000 ---p 00000000 00:00 0 
7f13bbbbd000-7f13bbfbc000 rw-p 00000000 00:00 0 
7f13ddf92000-7f13ddfc0000 ---p 00000000 00:00 0 
7f13ddfc0000-7f13ddfd0000 rw-p 00001000 fe:00 99  /usr/lib/with a space.so
7f13e4b00000-7f13e4c56000 r-xp 00026000 fe:00 339380                     /usr/lib/libc.so.6 (deleted)
7ffd1132a000-7ffd1134b000 ---p 00000000 00:00 0 
`;

test('stacks and code are found among the mappings', () => {
  assert.deepEqual(guardedMappings(MAPS), [
    { start: 0x7f13bb7bb000, end: 0x7f13bbbbb000, offset: 0, inode: 0, path: '' },
  ]);
  assert.deepEqual(mappingsWith(MAPS, 'r-xp'), [
    { start: 0xb72000, end: 0x25fe000, offset: 0x772000, inode: 260689, path: '/usr/bin/node' },
    {
      start: 0x7f13e4b00000,
      end: 0x7f13e4c56000,
      offset: 0x26000,
      inode: 339380,
      path: '/usr/lib/libc.so.6 (deleted)',
    },
  ]);
});

test('threads of another process; names are looked up once', { skip }, async (t) => {
  const child = await startBlocked(t, ['spin']);
  const { threads } = readThreads(child.pid);
  const tids = threads.map(({ tid }) => tid).filter((tid) => tid !== child.pid);
  const names = new Map<number, string | null>();
  const starts = readThreadStarts(child.pid, tids, names);
  if (starts === null) return t.skip('not on this architecture or C library, or not allowed');
  assert.deepEqual(
    [...starts.keys()].toSorted((a, b) => a - b),
    tids,
  );
  const addresses = new Set([...starts.values()].map(({ address }) => address));
  assert.deepEqual(new Set(names.keys()), addresses);
  for (const address of addresses) names.set(address, 'known');
  const again = readThreadStarts(child.pid, tids, names);
  assert.ok([...again!.values()].every(({ symbol }) => symbol === 'known'));
});

test('nothing where there is no such process or it has no such threads', { skip }, () => {
  assert.equal(readThreadStarts(2 ** 30, [1]), null);
  assert.equal(readThreadStarts('self', [2 ** 30]), null);
});

test('files that are no ELF, or not all of it, have no names', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'guru-elf-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'program');
  const wanted = [{ address: 0x1000, fileOffset: 0x1000 }];
  writeFileSync(path, '#!/bin/sh\n');
  assert.equal(readFunctionNames(path, wanted).size, 0);
  const header = Buffer.alloc(64, 0xff);
  header.write('\x7fELF\x02\x01', 'latin1');
  writeFileSync(path, header);
  assert.equal(readFunctionNames(path, wanted).size, 0);
  truncateSync(path, 10);
  assert.equal(readFunctionNames(path, wanted).size, 0);
  assert.equal(readFunctionNames(directory, wanted).size, 0);
  assert.equal(readFunctionNames(join(directory, 'none'), wanted).size, 0);
});
