import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { toFrame } from './frames.js';
import { ensurePrivate, meetingDirectories, PATH_LIMIT, socketName } from './place.js';
import { type Answer, BadRequest, PROTOCOL_VERSION, REQUEST_LIMIT, type Request } from './protocol.js';
import { removeStale } from './stale.js';

/** A request has to be there within this, ms. */
const REQUEST_MS = 2000;
/** A client that does not take its answer is dropped after this, ms. */
const ANSWER_MS = 30_000;
/** Commands at a time: each may hold a report. Others are refused by the kernel's closing of the connection. */
const MOST_CLIENTS = 8;

/** Serves one request, by any number of answers. Must not throw; a rejection is answered as an error. */
export type Serve = (request: Request, answer: (answer: Answer) => void, gone: AbortSignal) => Promise<void>;

export interface MeetingPoint {
  path: string;
  /** Takes no more requests and removes the socket, at once. Idempotent. */
  close(): void;
}

export interface MeetingOptions {
  /** Of the process: where temporary and runtime files go. */
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  pid: number;
  /** 0 where that is not known. */
  startTicks: number;
  serve: Serve;
}

/**
 * Listens where the `guru` command looks for this process. Costs an idle process one descriptor and no wake-up; keeps no
 * thread alive. Libuv removes the socket when the thread ends, at the process's exit too (seen on 20.20, 22.23, 24.21 and
 * 26.10); one that was left by a process that was killed is removed by the next.
 *
 * @throws the reason of the last directory that was tried, where there is none that will do.
 */
export async function openMeetingPoint(options: MeetingOptions): Promise<MeetingPoint> {
  const { uid, pid, startTicks, env } = options;
  let problem: unknown = new Error('no directory');
  for (const directory of meetingDirectories(uid, env)) {
    const path = join(directory, socketName(pid, startTicks));
    try {
      if (Buffer.byteLength(path) > PATH_LIMIT) throw new Error(`${path} is too long for a socket`);
      ensurePrivate(directory, uid);
      await removeStale(directory, socketName(pid, startTicks));
      const server = await listen(path, options.serve);
      return { path, close: () => server.close() };
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

async function listen(path: string, serve: Serve): Promise<Server> {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.unref();
    socket.on('close', () => clients.delete(socket));
    receive(socket, serve);
  });
  server.maxConnections = MOST_CLIENTS;
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // What comes later is a failed accept: the client learns of it.
  server.on('error', () => {});
  try {
    chmodSync(path, 0o600); // The directory is what keeps others out; this is for those who look at the socket only.
  } catch {
    // A file system without modes: the directory was checked.
  }
  const close = server.close.bind(server);
  server.close = (done) => {
    for (const client of clients) client.destroy();
    return close(done);
  };
  return server;
}

function receive(socket: Socket, serve: Serve): void {
  const gone = new AbortController();
  const text: Buffer[] = [];
  let size = 0;
  let timer = setTimeout(() => socket.destroy(), REQUEST_MS).unref();
  const answer = (answer: Answer): void => {
    if (socket.writable) socket.write(toFrame(JSON.stringify(answer)));
  };
  const end = (): void => {
    socket.end();
    timer = setTimeout(() => socket.destroy(), ANSWER_MS).unref();
  };
  const fail = (code: 'request' | 'version' | 'failed', message: string): void =>
    answer({ type: 'error', code, message });

  const onData = (chunk: Buffer): void => {
    const lineFeed = chunk.indexOf(10);
    text.push(lineFeed === -1 ? chunk : chunk.subarray(0, lineFeed));
    size += chunk.length;
    if (lineFeed === -1 && size < REQUEST_LIMIT) return;
    socket.off('data', onData);
    socket.resume(); // What else comes is dropped, so that the end is seen.
    clearTimeout(timer);
    const request = lineFeed === -1 ? null : parseRequest(Buffer.concat(text).toString());
    if (request === null) {
      fail('request', 'not a request');
      end();
    } else if (request.version !== PROTOCOL_VERSION) {
      fail('version', `version ${PROTOCOL_VERSION} is spoken here, not ${String(request.version)}`);
      end();
    } else {
      serve(request, answer, gone.signal)
        .catch((error: unknown) => {
          const code = error instanceof BadRequest ? 'request' : 'failed';
          fail(code, error instanceof Error ? error.message : String(error));
        })
        .finally(end);
    }
  };
  socket.on('data', onData);
  socket.on('error', () => {}); // It went away: `close` follows.
  socket.on('close', () => {
    clearTimeout(timer);
    gone.abort();
  });
}

/** What the parts of it are worth is for whoever serves it to say. */
function parseRequest(text: string): Request | null {
  try {
    const request: unknown = JSON.parse(text);
    return typeof request === 'object' && request !== null ? (request as Request) : null;
  } catch {
    return null;
  }
}
