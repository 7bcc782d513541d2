async function outer() {
  await globalThis.kept; //= A0 outer, A ~ nothing
}
globalThis.kept = new Promise(() => {});
void outer();
console.log('ready');
