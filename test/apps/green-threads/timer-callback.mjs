async function direct() {
  await new Promise((resolve) => setTimeout(resolve, 1e6)); //= A0 direct, A ~ timer 1000000 ms
}
async function wrapped() {
  await new Promise((resolve) => setTimeout(() => resolve(1), 2e6)); //= B0 wrapped, B ~ timer 2000000 ms
}
void direct();
void wrapped();
console.log('ready');
