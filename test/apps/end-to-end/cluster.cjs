// A cluster of two workers; the primary prints their pids.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  let online = 0;
  const pids = [];
  for (let i = 0; i < 2; i++) {
    const worker = cluster.fork();
    worker.on('message', () => {
      pids.push(worker.process.pid);
      if (++online === 2) console.log(`ready ${JSON.stringify(pids)}`);
    });
  }
} else {
  process.send('up');
  setInterval(() => {}, 1e6);
}
