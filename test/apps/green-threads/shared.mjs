import { setTimeout as sleep } from 'node:timers/promises';

let connection;
async function connect() {
  await sleep(1e6); //= A0 connect, B0 connect, C0 connect
}
async function query() {
  await (connection ??= connect()); //= A1 query, B1 query
}
async function ping() {
  await connection; //= C1 ping
}
async function first() {
  await query(); //= A2 first
}
async function second() {
  await query(); //= B2 second
}
void first();
void second();
void ping();
console.log('ready');
