import { promisify } from 'node:util';

const legacy = (ms, callback) => setTimeout(callback, ms);
async function main() {
  await promisify(legacy)(1e6); //= A0 main, A ~ timer 1000000 ms
}
void main();
console.log('ready');
