import { type Cdp, CdpError } from './cdp.js';

/** A worker thread of the process, reached through the main thread's inspector session. */
export interface AttachedWorker {
  cdp: Cdp;
  /** Node's thread id; `null` if the inspector's title has another form than `[worker N] NAME`. */
  threadId: number | null;
  /** The `name` given to the Worker; empty where none was (Node 20) or `WorkerThread` (from 24). */
  name: string;
  /** The worker's script, as a URL; empty for `eval` workers. */
  url: string;
  /** True once the worker has ended. */
  ended: () => boolean;
}

interface WorkerInfo {
  title: string;
  url: string;
}

/**
 * Attaches to every worker of the process, nested ones too (the inspector lists them flat; seen on 20 to 26).
 * Workers that start while attached are handed to `onWorker` as well. Resolves when those that exist were handed over;
 * it needs the main thread's inspector to answer, so it never resolves while that thread is in native code.
 */
export async function attachWorkers(
  mainThread: Cdp,
  onWorker: (worker: AttachedWorker) => void,
): Promise<void> {
  const channels = new Map<string, WorkerChannel>();
  mainThread.on('NodeWorker.attachedToWorker', (params) => {
    const { sessionId, workerInfo } = params as { sessionId: string; workerInfo: WorkerInfo };
    const channel = new WorkerChannel(mainThread, sessionId);
    channels.set(sessionId, channel);
    const title = /^\[worker (\d+)\] ?(.*)$/s.exec(workerInfo.title);
    onWorker({
      cdp: channel,
      threadId: title ? Number(title[1]) : null,
      name: title?.[2] ?? workerInfo.title,
      url: workerInfo.url,
      ended: () => channel.closed,
    });
  });
  mainThread.on('NodeWorker.receivedMessageFromWorker', (params) => {
    const { sessionId, message } = params as { sessionId: string; message: string };
    channels.get(sessionId)?.receive(message);
  });
  mainThread.on('NodeWorker.detachedFromWorker', (params) => {
    channels.get((params as { sessionId: string }).sessionId)?.close();
  });
  await mainThread.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
}

/** The protocol inside the protocol: messages to a worker travel as strings through the main thread's session. */
class WorkerChannel implements Cdp {
  closed = false;
  readonly #parent: Cdp;
  readonly #sessionId: string;
  readonly #pending = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Map<string, ((params: unknown) => void)[]>();
  #lastId = 0;

  constructor(parent: Cdp, sessionId: string) {
    this.#parent = parent;
    this.#sessionId = sessionId;
  }

  post<T>(method: string, params: object = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.closed) {
        reject(new CdpError('the worker has ended'));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#parent
        .post('NodeWorker.sendMessageToWorker', {
          sessionId: this.#sessionId,
          message: JSON.stringify({ id, method, params }),
        })
        .catch(reject);
    });
  }

  on(method: string, listener: (params: unknown) => void): void {
    const listeners = this.#listeners.get(method) ?? [];
    listeners.push(listener);
    this.#listeners.set(method, listeners);
  }

  receive(text: string): void {
    const message = JSON.parse(text) as {
      id?: number;
      method?: string;
      params?: unknown;
      result?: unknown;
      error?: { message: string };
    };
    if (message.id === undefined) {
      for (const listener of this.#listeners.get(message.method ?? '') ?? []) listener(message.params);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error) pending?.reject(new CdpError(message.error.message));
    else pending?.resolve(message.result);
  }

  close(): void {
    this.closed = true;
    for (const { reject } of this.#pending.values()) reject(new CdpError('the worker has ended'));
    this.#pending.clear();
  }
}
