async function lost() {
  await new Promise(() => {}); // is collected, as nothing refers to the promise
}
async function outer() {
  await globalThis.kept; //= A0 outer, A ~ nothing
}
globalThis.kept = lost();
void outer();
console.log('ready');
