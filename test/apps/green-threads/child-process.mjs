import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

async function main() {
  await promisify(execFile)('cat'); //= A0 main, A ~ child process cat (process @)
}
void main();
console.log('ready');
