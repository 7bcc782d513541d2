// Listens on a port, which it prints, under the title that it is given, if any.
const { createServer } = require('node:net');

const [title] = process.argv.slice(2);
const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1', () => {
  if (title) process.title = title;
  console.log(`port ${server.address().port}`);
  console.log('ready');
});
