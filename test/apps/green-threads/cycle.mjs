let ping;
async function first() {
  await null;
  await globalThis.second; //= A0 first, A2 first
}
async function second() {
  await ping; //= A1 second
}
ping = first();
globalThis.second = second();
globalThis.kept = ping; //= A3 [again]
console.log('ready');
