// Has functions suspended; at SIGHUP some of them end and others begin, then it says "changed".
const kept = [];
const wait = () => new Promise((resolve) => kept.push(resolve));

async function stays() {
  await wait();
}
async function goes() {
  await wait();
}
async function comes() {
  await wait();
}

for (let i = 0; i < 4; i++) void goes();
const ending = kept.splice(0);
for (let i = 0; i < 20; i++) void stays();
process.on('SIGHUP', () => {
  for (const resolve of ending.splice(0)) resolve();
  for (let i = 0; i < 3; i++) void stays();
  for (let i = 0; i < 7; i++) void comes();
  setImmediate(() => console.log('changed'));
});
setInterval(() => {}, 1e6);
console.log('ready');
