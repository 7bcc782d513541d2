// Writes to its own stderr through the sink, in the main thread or in a worker, on command.
// argv: main|worker. stdin: one JSON command a line. stdout: one JSON event a line.
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { openStderr, problemLine } from '#src/sinks/stderr.js';

const say = (event) => fs.writeSync(1, `${JSON.stringify(event)}\n`);
const report = (size) => `${'0123456789abcdef\n'.repeat(Math.ceil(size / 17)).slice(0, size - 4)}END\n`;

function obey(sink, command) {
  switch (command.do) {
    case 'write':
      sink.write(report(command.size)).then((outcome) => say({ event: 'outcome', outcome }));
      say({ event: 'started' });
      break;
    case 'problems':
      for (let n = 1; n <= command.count; n++) sink.problem(`problem ${n}`);
      say({ event: 'problems' });
      break;
    case 'close':
      sink.close();
      break;
    // The descriptor is the process's: it is closed in the thread that uses it, so that nothing comes in between.
    case 'close-stderr':
      fs.closeSync(2);
      say({ event: 'closed' });
      break;
    case 'open-as-stderr':
      say({ event: 'opened', fd: fs.openSync(command.path, 'wx') });
      break;
  }
}

const flags = () => /^flags:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/fdinfo/2', 'latin1'))[1];

function obeyInMain(command, pass) {
  switch (command.do) {
    case 'flags':
      return say({ event: 'flags', nonBlocking: (Number.parseInt(flags(), 8) & fs.constants.O_NONBLOCK) !== 0 });
    case 'line':
      fs.writeSync(2, `${command.text}\n`);
      return say({ event: 'line' });
    case 'console':
      return console.error(command.text);
    case 'ping':
      return say({ event: 'pong' });
    case 'problem-lines-and-exit':
      problemLine('first\nline');
      problemLine('second \u001b[31mline');
      process.exit(0);
    // falls through
    case 'exit':
      say({ event: 'exiting' });
      process.exit(0);
    // falls through
    case 'end':
      input.close();
      return process.stdin.destroy();
    default:
      return pass(command);
  }
}

let input;
if (isMainThread) {
  let pass;
  if (process.argv[2] === 'worker') {
    // Its own stdout and stderr: otherwise Node opens process.stderr here, which makes descriptor 2 non-blocking.
    const worker = new Worker(new URL(import.meta.url), { stdout: true, stderr: true });
    worker.unref();
    pass = (command) => worker.postMessage(command);
  } else {
    const sink = openStderr();
    pass = (command) => obey(sink, command);
  }
  input = createInterface({ input: process.stdin });
  input.on('line', (line) => obeyInMain(JSON.parse(line), pass));
  say({ event: 'ready' });
} else {
  const sink = openStderr();
  parentPort.on('message', (command) => obey(sink, command));
}
