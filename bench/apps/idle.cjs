// The smallest service: an HTTP server that nobody asks.
require('node:http')
  .createServer((_request, response) => response.end('{}'))
  .listen(0, '127.0.0.1', () => console.log('ready'));
