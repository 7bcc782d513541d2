import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

async function main() {
  await promisify(execFile)('cat'); //= A0 main
}
void main();
console.log('ready');
