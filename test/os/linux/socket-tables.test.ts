import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { parseInetSocket, parseUnixSocket } from '#src/os/linux/socket-tables.js';

/** The captured lines are of a little-endian machine. */
const skip = endianness() === 'LE' ? false : 'big-endian';
const REST = '00000000:00000000 00:00000000 00000000     0        0 21345 1 0000000000000000 100 0 0 10 0';

function tcp(ends: string, state: string): string {
  return `   3: ${ends} ${state} ${REST}`;
}

test('IPv4', { skip }, () => {
  assert.deepEqual(parseInetSocket(tcp('0100007F:1F90 0A0200C0:D431', '01'), 'tcp', '21345'), {
    protocol: 'tcp',
    local: '127.0.0.1:8080',
    remote: '192.0.2.10:54321',
    state: 'ESTABLISHED',
  });
  assert.deepEqual(parseInetSocket(tcp('00000000:0050 00000000:0000', '0A'), 'tcp', '21345'), {
    protocol: 'tcp',
    local: '0.0.0.0:80',
    remote: '*',
    state: 'LISTEN',
  });
});

test('IPv6', { skip }, () => {
  const ends: [hex: string, address: string][] = [
    ['00000000000000000000000001000000:0016', '[::1]:22'],
    ['00000000000000000000000000000000:0016', '[::]:22'],
    ['B80D0120000000000000000001000000:0016', '[2001:db8::1]:22'],
    ['B80D0120010000000000000000000100:0016', '[2001:db8:0:1::1:0]:22'],
    ['000080FE00000000FF0F0A02EEFFC0DE:0016', '[fe80::20a:fff:dec0:ffee]:22'],
    ['B80D0120020001000400030006000500:0016', '[2001:db8:1:2:3:4:5:6]:22'],
    ['0000000000000000FFFF00000100007F:0016', '[::ffff:127.0.0.1]:22'],
  ];
  for (const [hex, address] of ends) {
    const other = '00000000000000000000000000000000:0000';
    assert.equal(parseInetSocket(tcp(`${hex} ${other}`, '0A'), 'tcp6', '21345')?.local, address);
  }
});

test('UDP has no connection until it is connected', { skip }, () => {
  const line =
    '  412: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   102        0 9876 2 0000000000000000 0';
  assert.deepEqual(parseInetSocket(line, 'udp', '9876'), {
    protocol: 'udp',
    local: '0.0.0.0:5353',
    remote: '*',
    state: 'UNCONNECTED',
  });
});

test('unknown states keep their number', { skip }, () => {
  assert.equal(parseInetSocket(tcp('0100007F:1F90 0100007F:D431', '0E'), 'tcp', '21345')?.state, 'state 14');
});

test('other sockets and headings are not taken', () => {
  const heading =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  assert.equal(parseInetSocket(heading, 'tcp', '21345'), null);
  assert.equal(parseInetSocket(tcp('0100007F:1F90 0100007F:D431', '01'), 'tcp', '2134'), null);
  assert.equal(parseInetSocket('', 'tcp', '0'), null);
  assert.equal(parseUnixSocket('Num       RefCount Protocol Flags    Type St Inode Path', '5'), null);
});

test('unix sockets', () => {
  const listening = '0000000000000000: 00000002 00000000 00010000 0001 01 17653 /run/a service/ctl.sock';
  assert.deepEqual(parseUnixSocket(listening, '17653'), {
    protocol: 'unix stream',
    local: '/run/a service/ctl.sock',
    remote: '*',
    state: 'LISTEN',
  });
  assert.deepEqual(parseUnixSocket('0000000000000000: 00000003 00000000 00000000 0001 03   823', '823'), {
    protocol: 'unix stream',
    local: '(unnamed)',
    remote: '(not known)',
    state: 'CONNECTED',
  });
  const abstract = 'ffff8f1c: 00000002 00000000 00000000 0002 01 4242 @/tmp/.X11-unix/X0';
  assert.deepEqual(parseUnixSocket(abstract, '4242'), {
    protocol: 'unix dgram',
    local: '@/tmp/.X11-unix/X0',
    remote: '*',
    state: 'UNCONNECTED',
  });
  assert.equal(parseUnixSocket(listening, '1765'), null);
});
