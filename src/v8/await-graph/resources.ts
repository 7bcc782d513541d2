import type { AwaitedKind } from './await-graph.js';
import type { HeapWords } from './heap-words.js';

export interface Resource {
  kind: AwaitedKind;
  detail: string | null;
  node: number;
}

type Describe = (words: HeapWords, node: number) => string | null;

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
  Worker: ['worker', (words, node) => prefixed('thread ', words.primitiveProp(node, 'threadId'))],
  MessagePort: ['message port'],
  BroadcastChannel: ['message port'],
  GetAddrInfoReqWrap: ['DNS query', (words, node) => words.primitiveProp(node, 'hostname')],
  GetNameInfoReqWrap: ['DNS query', (words, node) => words.primitiveProp(node, 'hostname')],
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
export function describeResource(words: HeapWords, node: number): Resource | null {
  if (!words.isObject(node)) return null;
  const name = words.heap.nodeName(node);
  const known = Object.hasOwn(RESOURCES, name) ? RESOURCES[name] : undefined;
  // A class's prototype has its name too (20.20: `Timeout.prototype` is a Timeout), and `constructor` of its own.
  if (known) {
    if (words.prop(node, 'constructor') !== -1) return null;
    return { kind: known[0], detail: known[1]?.(words, node) ?? null, node };
  }
  if (words.prop(node, '_readableState') !== -1 || words.prop(node, '_writableState') !== -1) {
    return { kind: 'stream', detail: describeStream(words, node, name), node };
  }
  return null;
}

function describeTimer(words: HeapWords, node: number): string | null {
  const delay = words.primitiveProp(node, '_idleTimeout');
  return delay === null ? null : `${delay} ms`;
}

/** `host:port` as far as they are known: Node keeps the addresses in C++ until somebody asks for them. */
function describeSocket(words: HeapWords, node: number): string | null {
  const peer = words.prop(node, '_peername');
  if (peer !== -1) {
    const address = words.primitiveProp(peer, 'address');
    if (address !== null) return hostPort(address, words.primitiveProp(peer, 'port'));
  }
  return words.primitiveProp(node, '_host');
}

function describeConnect(words: HeapWords, node: number): string | null {
  const address = words.primitiveProp(node, 'address');
  return address === null ? null : hostPort(address, words.primitiveProp(node, 'port'));
}

function describeRequest(words: HeapWords, node: number): string | null {
  const host = words.primitiveProp(node, 'host');
  // 24.21 has accessors for it.
  const path = words.primitiveProp(node, 'path') ?? words.primitiveProp(node, '<symbol kPath>');
  if (path === null) return host;
  const method = words.primitiveProp(node, 'method') ?? 'GET';
  return `${method} ${words.primitiveProp(node, 'protocol') ?? 'http:'}//${host ?? ''}${path}`;
}

function describeMessage(words: HeapWords, node: number): string | null {
  const url = words.primitiveProp(node, 'url');
  if (url === null || url === '') return null;
  const method = words.primitiveProp(node, 'method');
  return method === null ? url : `${method} ${url}`;
}

function describeChild(words: HeapWords, node: number): string | null {
  const file = words.primitiveProp(node, 'spawnfile');
  const pid = words.primitiveProp(node, 'pid');
  return file === null ? prefixed('process ', pid) : `${file}${pid === null ? '' : ` (process ${pid})`}`;
}

function describeQuery(words: HeapWords, node: number): string | null {
  const type = words.primitiveProp(node, 'bindingName');
  const host = words.primitiveProp(node, 'hostname');
  return type === null || host === null ? (host ?? type) : `${type} ${host}`;
}

function describeStream(words: HeapWords, node: number, name: string): string {
  const path = words.primitiveProp(node, 'path');
  return path === null ? name : `${name} ${path}`;
}

function hostPort(host: string, port: string | null): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === null ? shown : `${shown}:${port}`;
}

function prefixed(prefix: string, text: string | null): string | null {
  return text === null ? null : prefix + text;
}
