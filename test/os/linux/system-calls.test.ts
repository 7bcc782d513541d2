import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fdArgument, parseSystemCall, pathArgument, systemCallName } from '#src/os/linux/system-calls.js';

/** From the kernel's headers: `asm/unistd_64.h` and `asm-generic/unistd.h`. */
const NUMBERS: Record<string, [x64: number | null, arm64: number | null]> = {
  read: [0, 63],
  write: [1, 64],
  poll: [7, null],
  pread64: [17, 67],
  readv: [19, 65],
  select: [23, null],
  pause: [34, null],
  nanosleep: [35, 101],
  connect: [42, 203],
  accept: [43, 202],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  wait4: [61, 260],
  semop: [65, 193],
  msgrcv: [70, 188],
  fcntl: [72, 25],
  flock: [73, 32],
  fsync: [74, 82],
  fdatasync: [75, 83],
  ftruncate: [77, 46],
  rt_sigtimedwait: [128, 137],
  futex: [202, 98],
  io_getevents: [208, 4],
  restart_syscall: [219, 128],
  clock_nanosleep: [230, 115],
  epoll_wait: [232, null],
  waitid: [247, 95],
  openat: [257, 56],
  newfstatat: [262, 79],
  pselect6: [270, 72],
  ppoll: [271, 73],
  epoll_pwait: [281, 22],
  accept4: [288, 242],
  getrandom: [318, 278],
  statx: [332, 291],
  rseq: [334, 293],
  io_uring_enter: [426, 426],
  openat2: [437, 437],
  epoll_pwait2: [441, 441],
  futex_waitv: [449, 449],
  mseal: [462, 462],
};

test('names the calls of both architectures', () => {
  for (const [name, [x64, arm64]] of Object.entries(NUMBERS)) {
    if (x64 !== null) assert.equal(systemCallName(x64, 'x64'), name);
    if (arm64 !== null) assert.equal(systemCallName(arm64, 'arm64'), name);
  }
});

test('has no name for other numbers and architectures', () => {
  assert.equal(systemCallName(335, 'x64'), null);
  assert.equal(systemCallName(423, 'arm64'), null);
  assert.equal(systemCallName(250, 'arm64'), null);
  assert.equal(systemCallName(9999, 'x64'), null);
  assert.equal(systemCallName(0, 'ppc64'), null);
});

test('knows which calls are about a descriptor or a path', () => {
  for (const name of [
    'read',
    'recvfrom',
    'accept4',
    'epoll_pwait',
    'flock',
    'fsync',
    'io_uring_enter',
    'connect',
  ]) {
    assert.equal(fdArgument(name), 0, name);
  }
  for (const name of ['poll', 'futex', 'nanosleep', 'openat', 'select', 'wait4']) {
    assert.equal(fdArgument(name), null, name);
  }
  assert.equal(pathArgument('openat'), 1);
  assert.equal(pathArgument('open'), 0);
  assert.equal(pathArgument('read'), null);
});

test('parses what the kernel says of a thread', () => {
  assert.deepEqual(parseSystemCall('running\n'), { kind: 'running' });
  assert.deepEqual(parseSystemCall('-1 0x7ffeb1424540 0x7f13e4b162ec\n'), {
    kind: 'outside',
    stackPointer: 0x7ffeb1424540,
  });
  const line = '281 0x9 0x7f0822019cf0 0x400 0xffffffff 0x0 0x8 0x7f0822018f90 0x7f0822126cae\n';
  assert.deepEqual(parseSystemCall(line), {
    kind: 'inside',
    number: 281,
    arguments: [9n, 0x7f0822019cf0n, 0x400n, 0xffffffffn, 0n, 8n],
    stackPointer: 0x7f0822018f90,
  });
  for (const text of ['', 'x', '-1', '0 0x1', '0 1 2 3 4 5 6 7 8', '-2 0x1 0x2']) {
    assert.equal(parseSystemCall(text), null, text);
  }
});
