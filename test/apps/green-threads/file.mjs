import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const fifo = join(mkdtempSync(join(tmpdir(), 'guru-test-')), 'fifo');
execFileSync('mkfifo', [fifo]);
async function main() {
  await open(fifo); //= A0 main, A ~ file
}
void main();
console.log('ready');
