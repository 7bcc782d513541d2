import { WebSocket } from 'ws';
import { type Cdp, CdpError } from './cdp.js';

/** A session of another process's inspector. */
export interface WebSocketCdp extends Cdp {
  /** Resolves once the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
}

/** A chunk of a heap snapshot has 100 KB, the answer to an evaluation a few: more than this is no inspector of Node. */
const MAX_MESSAGE = 256 * 1024 * 1024;

/** How long the other side gets to agree to the end of the connection, ms. */
const CLOSE_MS = 500;

/**
 * Connects to an inspector, which serves requests in an interrupt of the thread, as a session within the process does.
 *
 * Requests are handed to the kernel before `post` returns, as long as the other side takes them off: a thread may be
 * waited for without this one's event loop turning.
 *
 * @param url `ws://HOST:PORT/ID`
 * @throws {CdpError} if there is no connection within `timeoutMs`
 */
export async function connectWebSocket(url: string, timeoutMs: number): Promise<WebSocketCdp> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: Math.max(1, timeoutMs),
    maxPayload: MAX_MESSAGE,
  });
  const session = new WebSocketSession(socket);
  await session.opened;
  return session;
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message?: string };
}

class WebSocketSession implements WebSocketCdp {
  readonly closed: Promise<void>;
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #pending = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Map<string, ((params: unknown) => void)[]>();
  #lastId = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', () => resolve());
      // Stays, since without a listener any later error would end this process; 'close' follows it.
      socket.on('error', (cause) => {
        const described = cause.message || String((cause as NodeJS.ErrnoException).code);
        reject(new CdpError(`no connection to the inspector: ${described}`, { cause }));
      });
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#rejectAll('the inspector closed the connection');
        resolve();
      });
    });
    // A Buffer, as `binaryType` is left at what it is by default.
    socket.on('message', (data) => this.#receive((data as Buffer).toString()));
  }

  post<T>(method: string, params: object = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new CdpError('the connection to the inspector is closed'));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ id, method, params }), (error) => {
        if (!error) return;
        this.#pending.delete(id);
        reject(new CdpError(`the inspector cannot be asked: ${error.message}`, { cause: error }));
      });
    });
  }

  on(method: string, listener: (params: unknown) => void): void {
    const listeners = this.#listeners.get(method) ?? [];
    listeners.push(listener);
    this.#listeners.set(method, listeners);
  }

  close(): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#rejectAll('the connection to the inspector was closed');
    this.#socket.close();
    // A process that was stopped, say, never agrees.
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    timer.unref();
    void this.closed.then(() => clearTimeout(timer));
  }

  #receive(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      this.#socket.terminate(); // no inspector: the pending requests are told so by its end
      return;
    }
    if (message.id === undefined) {
      for (const listener of this.#listeners.get(message.method ?? '') ?? []) listener(message.params);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error) pending?.reject(new CdpError(message.error.message ?? 'the inspector refused'));
    else pending?.resolve(message.result);
  }

  #rejectAll(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new CdpError(reason));
    this.#pending.clear();
  }
}
