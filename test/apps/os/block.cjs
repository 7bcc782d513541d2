// Blocks the main thread in the way named by the first argument, after it printed "ready".
'use strict';
const fs = require('node:fs');
const { execSync } = require('node:child_process');

const [mode, path] = process.argv.slice(2);
const ready = () => fs.writeSync(1, 'ready\n');

switch (mode) {
  case 'open-fifo': // no one writes: open itself blocks
    ready();
    fs.openSync(path, 'r');
    break;
  case 'read-fifo': {
    const fd = fs.openSync(path, 'r+');
    ready();
    fs.readSync(fd, Buffer.alloc(1));
    break;
  }
  case 'read-stdin':
    ready();
    fs.readSync(0, Buffer.alloc(1));
    break;
  case 'exec-sync':
    ready();
    execSync('sleep 86399 & sleep 86399; wait');
    break;
  case 'atomics-wait':
    ready();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    break;
  case 'spin':
    ready();
    for (;;);
  default:
    throw new Error(`no such mode: ${mode}`);
}
