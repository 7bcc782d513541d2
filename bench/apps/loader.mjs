/**
 * The load, in a process of its own: keep-alive connections that each send the next request when the answer to the last
 * one is complete. It does not parse HTTP, for it must need less CPU time than the service under test: all answers are
 * of the length that the first one had.
 *
 * Its parent sends `{ port, milliseconds }` and gets `{ requests, milliseconds }`.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const CONNECTIONS = 16;
const REQUEST = 'GET /servers/8675 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

process.on('message', ({ port, milliseconds }) => {
  const started = performance.now();
  let requests = 0;
  let open = CONNECTIONS;
  const finish = () => {
    if (--open === 0) process.send({ requests, milliseconds: performance.now() - started });
  };
  for (let index = 0; index < CONNECTIONS; index++) {
    let answerLength = 0;
    let received = 0;
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST));
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (answerLength === 0) answerLength = lengthOfAnswer(bytes);
      received += bytes.length;
      if (received < answerLength) return;
      received = 0;
      requests++;
      if (performance.now() - started < milliseconds) socket.write(REQUEST);
      else socket.end();
    });
    socket.on('error', fail);
    socket.on('close', finish);
  }
});

function lengthOfAnswer(bytes) {
  const text = bytes.toString('latin1');
  const head = text.indexOf('\r\n\r\n') + 4;
  const length = /^HTTP\/1\.1 200 .*\r\ncontent-length: (\d+)\r\n/is.exec(text)?.[1];
  if (head < 4 || length === undefined) fail(new Error(`unexpected answer: ${text}`));
  return head + Number(length);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
