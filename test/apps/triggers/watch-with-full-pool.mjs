// Watches a file while all threads of libuv's pool are taken. argv: file, FIFO. stdout: one word a line.
import fs from 'node:fs';
import { watchFile } from '#src/triggers/file.js';

const [path, fifo] = process.argv.slice(2);
const say = (word) => fs.writeSync(1, `${word}\n`);
let touches = 0;

watchFile({
  path,
  interval: 0.02,
  onProblem: (line) => say(`problem: ${line}`),
  async onTouch() {
    touches++;
    if (touches > 1) return say('touched');
    // The watch has asked what file system it is by the time that these are answered.
    for (let n = 0; n < 20; n++) await fs.promises.stat('.');
    // Opening a FIFO waits for the other end: four threads are what the pool has.
    for (let n = 0; n < 4; n++) fs.open(fifo, 'r', () => say('opened'));
    fs.stat('.', () => say('the pool is free'));
    say('full');
  },
});
setInterval(() => undefined, 1_000);
say('ready');
