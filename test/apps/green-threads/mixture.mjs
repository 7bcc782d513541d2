import { setTimeout as sleep } from 'node:timers/promises';

async function fetchPage(n) {
  await sleep(1e6 + n); //= A0 fetchPage, B0 fetchPage, C0 fetchPage
}
async function* pages() {
  //= A1 [Promise.all 0], B1 [Promise.all 1], C1 [then parse], C2 [Promise.all 2]
  const all = Promise.all([fetchPage(1), fetchPage(2), fetchPage(3).then(function parse() {})]);
  yield /*^*/await all; //= A2 pages, B2 pages, C3 pages
}
async function read() {
  for await (const /*^*/page of pages()) void page; //= A3 read, B3 read, C4 read
}
async function timeout() {
  await sleep(5e6); //= E0 timeout
}
async function main() {
  //= A4 [Promise.race], B4 [Promise.race], C5 [Promise.race], E1 [Promise.race]
  await Promise.race([read(), timeout()]); //= A5 main, B5 main, C6 main, E2 main
}
void main();
console.log('ready');
