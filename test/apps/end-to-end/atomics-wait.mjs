// Waits for nothing again and again, as programs do that wait for a worker's answer.
const word = new Int32Array(new SharedArrayBuffer(4));
const turn = () => {
  Atomics.wait(word, 0, 0, 300);
  setTimeout(turn, 1);
};
async function waiting() {
  await new Promise((resolve) => (globalThis.held = resolve));
}
void waiting();
console.log('ready');
setTimeout(turn, 1);
