import { execFileSync } from 'node:child_process';
import { mkdtempSync, open } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const fifo = join(mkdtempSync(join(tmpdir(), 'guru-test-')), 'fifo');
execFileSync('mkfifo', [fifo]);
async function main() {
  await promisify(open)(fifo, 'r'); //= A0 main, A ~ file
}
void main();
console.log('ready');
