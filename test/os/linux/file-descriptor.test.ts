import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeFd } from '#src/os/linux/file-descriptor.js';

const skip = process.platform === 'linux' ? false : 'Linux only';

/** Node has no public way to the descriptor of a socket. */
function fdOf(socket: object): number {
  const { _handle: handle } = socket as { _handle: { fd: number } };
  return handle.fd;
}

async function listen(
  server: Server,
  ...args: [port: number, host: string] | [path: string]
): Promise<boolean> {
  const failed = once(server, 'error').then(() => false);
  const listening = once(server, 'listening').then(() => true);
  server.listen(...(args as [number, string]));
  return Promise.race([failed, listening]);
}

test('files, closed descriptors, processes that are not there', { skip }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'guru-fd-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a file');
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  assert.deepEqual(describeFd('self', fd), { fd, target: path });
  assert.deepEqual(describeFd(process.pid, fd), { fd, target: path });
  closeSync(fd);
  assert.deepEqual(describeFd('self', 99_999), { fd: 99_999, target: '(not open)' });
  assert.deepEqual(describeFd(2 ** 30, 0), { fd: 0, target: '(not open)' });
});

for (const host of ['127.0.0.1', '::1']) {
  test(`a TCP connection over ${host}`, { skip }, async (t) => {
    const server = createServer();
    if (!(await listen(server, 0, host))) return t.skip('not available here');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection');
    const client = connect(port, host);
    t.after(() => {
      client.destroy();
      server.close();
    });
    const [peer] = (await accepted) as [ReturnType<typeof connect>];
    t.after(() => peer.destroy());
    const show = (number: number): string => (host === '::1' ? `[::1]:${number}` : `${host}:${number}`);
    const protocol = host === '::1' ? 'tcp6' : 'tcp';
    const described = describeFd('self', fdOf(client));
    assert.match(described.target, /^socket:\[\d+\]$/);
    assert.deepEqual(described.socket, {
      protocol,
      local: show(client.localPort!),
      remote: show(port),
      state: 'ESTABLISHED',
    });
    const listening = { protocol, local: show(port), remote: '*', state: 'LISTEN' };
    assert.deepEqual(describeFd('self', fdOf(server)).socket, listening);
    assert.equal(describeFd('self', fdOf(server), false).socket, undefined);
  });
}

test('unix and UDP sockets', { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'guru-fd-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'ctl sock');
  const server = createServer();
  t.after(() => void server.close());
  assert.ok(await listen(server, path));
  const expected = { protocol: 'unix stream', local: path, remote: '*', state: 'LISTEN' };
  assert.deepEqual(describeFd('self', fdOf(server)).socket, expected);

  const udp = createSocket('udp4');
  t.after(() => void udp.close());
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { fd } = (udp as unknown as Record<symbol, { handle: { fd: number } }>)[
    Object.getOwnPropertySymbols(udp).find((symbol) => symbol.description === 'state symbol')!
  ]!.handle;
  assert.deepEqual(describeFd('self', fd).socket, {
    protocol: 'udp',
    local: `127.0.0.1:${udp.address().port}`,
    remote: '*',
    state: 'UNCONNECTED',
  });
});
