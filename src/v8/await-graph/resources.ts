import type { AwaitedKind } from './await-graph.js';
import type { Heap } from './heap.js';

export interface Resource {
  kind: AwaitedKind;
  detail: string | null;
  node: number;
}

type Describe = (heap: Heap, node: number) => string | null;

/** Objects of Node that settle promises, by the names of their classes (20.20 to 26.10). */
const RESOURCES: Record<string, [kind: AwaitedKind, describe?: Describe]> = {
  Timeout: ['timer', describeTimer],
  Immediate: ['immediate'],
  FSReqCallback: ['file'],
  FSReqPromise: ['file'],
  FileHandle: ['file'],
  FileHandleCloseReq: ['file'],
  StatWatcher: ['file'],
  FSWatcher: ['file'],
  FSEvent: ['file'],
  Socket: ['socket', describeSocket],
  TLSSocket: ['socket', describeSocket],
  TCP: ['socket'],
  Pipe: ['socket'],
  UDP: ['socket'],
  TTY: ['socket'],
  TCPConnectWrap: ['socket', describeConnect],
  PipeConnectWrap: ['socket', describeConnect],
  ShutdownWrap: ['socket'],
  WriteWrap: ['socket'],
  SendWrap: ['socket', describeConnect],
  Server: ['server'],
  ClientRequest: ['HTTP request', describeRequest],
  IncomingMessage: ['HTTP message', describeMessage],
  ServerResponse: ['HTTP message'],
  Http2Session: ['HTTP/2'],
  ClientHttp2Session: ['HTTP/2'],
  ServerHttp2Session: ['HTTP/2'],
  ClientHttp2Stream: ['HTTP/2'],
  ServerHttp2Stream: ['HTTP/2'],
  ChildProcess: ['child process', describeChild],
  Process: ['child process'],
  Worker: ['worker', (heap, node) => prefixed('thread ', text(heap, node, 'threadId'))],
  MessagePort: ['message port'],
  BroadcastChannel: ['message port'],
  GetAddrInfoReqWrap: ['DNS query', (heap, node) => text(heap, node, 'hostname')],
  GetNameInfoReqWrap: ['DNS query', (heap, node) => text(heap, node, 'hostname')],
  QueryReqWrap: ['DNS query', describeQuery],
  Interface: ['readline'],
  Zlib: ['zlib'],
  BrotliEncoder: ['zlib'],
  BrotliDecoder: ['zlib'],
  ZstdCompress: ['zlib'],
  ZstdDecompress: ['zlib'],
  PBKDF2Job: ['crypto'],
  ScryptJob: ['crypto'],
  HKDFJob: ['crypto'],
  Argon2Job: ['crypto'],
  RandomBytesJob: ['crypto'],
  RandomPrimeJob: ['crypto'],
  CheckPrimeJob: ['crypto'],
  HashJob: ['crypto'],
  HmacJob: ['crypto'],
  SignJob: ['crypto'],
  AESCipherJob: ['crypto'],
  RSACipherJob: ['crypto'],
  SecretKeyGenJob: ['crypto'],
  RsaKeyPairGenJob: ['crypto'],
  EcKeyPairGenJob: ['crypto'],
  AbortSignal: ['signal'],
};

/** What a node is, if Node's objects of its class settle promises: by its class, or because it is a stream. */
export function describeResource(heap: Heap, node: number): Resource | null {
  if (heap.kind(node) !== 'object') return null;
  const name = heap.name(node);
  const known = Object.hasOwn(RESOURCES, name) ? RESOURCES[name] : undefined;
  // A class's prototype has its name too (20.20: `Timeout.prototype` is a Timeout), and `constructor` of its own.
  if (known) {
    if (heap.property(node, 'constructor') !== -1) return null;
    return { kind: known[0], detail: known[1]?.(heap, node) ?? null, node };
  }
  if (heap.property(node, '_readableState') !== -1 || heap.property(node, '_writableState') !== -1) {
    return { kind: 'stream', detail: describeStream(heap, node, name), node };
  }
  return null;
}

function describeTimer(heap: Heap, node: number): string | null {
  const delay = text(heap, node, '_idleTimeout');
  return delay === null ? null : `${delay} ms`;
}

/** `host:port` as far as they are known: Node keeps the addresses in C++ until somebody asks for them. */
function describeSocket(heap: Heap, node: number): string | null {
  const peer = heap.property(node, '_peername');
  if (peer !== -1) {
    const address = text(heap, peer, 'address');
    if (address !== null) return hostPort(address, text(heap, peer, 'port'));
  }
  return text(heap, node, '_host');
}

function describeConnect(heap: Heap, node: number): string | null {
  const address = text(heap, node, 'address');
  return address === null ? null : hostPort(address, text(heap, node, 'port'));
}

function describeRequest(heap: Heap, node: number): string | null {
  const host = text(heap, node, 'host');
  // 24.21 has accessors for it.
  const path = text(heap, node, 'path') ?? text(heap, node, '<symbol kPath>');
  if (path === null) return host;
  const method = text(heap, node, 'method') ?? 'GET';
  return `${method} ${text(heap, node, 'protocol') ?? 'http:'}//${host ?? ''}${path}`;
}

function describeMessage(heap: Heap, node: number): string | null {
  const url = text(heap, node, 'url');
  if (url === null || url === '') return null;
  const method = text(heap, node, 'method');
  return method === null ? url : `${method} ${url}`;
}

function describeChild(heap: Heap, node: number): string | null {
  const file = text(heap, node, 'spawnfile');
  const pid = text(heap, node, 'pid');
  return file === null ? prefixed('process ', pid) : `${file}${pid === null ? '' : ` (process ${pid})`}`;
}

function describeQuery(heap: Heap, node: number): string | null {
  const type = text(heap, node, 'bindingName');
  const host = text(heap, node, 'hostname');
  return type === null || host === null ? (host ?? type) : `${type} ${host}`;
}

function describeStream(heap: Heap, node: number, name: string): string {
  const path = text(heap, node, 'path');
  return path === null ? name : `${name} ${path}`;
}

/** A property's text or number. */
function text(heap: Heap, node: number, name: string): string | null {
  const value = heap.property(node, name);
  return value === -1 ? null : heap.primitive(value);
}

function hostPort(host: string, port: string | null): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === null ? shown : `${shown}:${port}`;
}

function prefixed(prefix: string, text: string | null): string | null {
  return text === null ? null : prefix + text;
}
