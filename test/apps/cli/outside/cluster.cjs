// A cluster of one; the child prints its id.
const cluster = require('node:cluster');
const { createServer } = require('node:http');

if (cluster.isPrimary) {
  cluster.fork().on('online', () => setInterval(() => {}, 1e6));
} else {
  createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1', function () {
    console.log(`child ${process.pid} ${this.address().port}\nready`);
  });
}
