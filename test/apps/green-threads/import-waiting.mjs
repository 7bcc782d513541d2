async function main() {
  await import('./modules/waiting.mjs'); //= A1 main, A0 <anonymous> @waiting.mjs:3:1
}
void main();
console.log('ready');
