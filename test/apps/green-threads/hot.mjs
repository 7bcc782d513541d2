let settle = [];
async function inner(wait) {
  const value = wait ? await new Promise((resolve) => settle.push(resolve)) : 0; //= A0 inner, A *50
  return value + 1;
}
async function middle(wait) {
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += await inner(false);
  const all = await Promise.all([inner(false), inner(wait)]); //= A1 [Promise.all 1], A2 middle
  return sum + all[1];
}
async function* stream(wait) {
  yield await middle(false);
  yield /*^*/await middle(wait); //= A3 stream
}
async function outer(wait) {
  for await (const /*^*/n of stream(wait)) void n; //= A4 outer
}
for (let round = 0; round < 4000; round++) await outer(false);
globalThis.kept = settle;
for (let round = 0; round < 50; round++) void outer(true);
console.log('ready');
