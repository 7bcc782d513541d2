import { createRequire } from 'node:module';
import type { Session } from 'node:inspector';
import { type Cdp, CdpError } from './cdp.js';

const require = createRequire(import.meta.url);

/**
 * Opens an inspector session within this process.
 *
 * `main-thread`: from a worker to the main thread; requests are served in a V8 interrupt, in the middle of whatever
 * JavaScript runs there. `this-thread`: to the caller's own thread.
 *
 * A `main-thread` session that is still connected when the process exits makes Node print "Waiting for the debugger
 * to disconnect..." (20 to 26), so connect for one capture and close at once.
 *
 * For `main-thread`, make sure first that {@link whyNoInspector} has nothing to say.
 *
 * @throws {CdpError} where Node was built without the inspector.
 */
export function openInProcess(target: 'main-thread' | 'this-thread'): Cdp {
  const session = connect(target);
  const rejectPending = new Set<(error: CdpError) => void>();
  let open = true;
  return {
    post<T>(method: string, params: object = {}): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (!open) {
          reject(new CdpError('the inspector session is closed'));
          return;
        }
        rejectPending.add(reject);
        session.post(method, params, (error: unknown, result?: object) => {
          rejectPending.delete(reject);
          if (error) reject(new CdpError(describeRefusal(error), { cause: error }));
          else resolve(result as T);
        });
      });
    },
    on(method, listener) {
      session.on(method, (message: { params: unknown }) => listener(message.params));
    },
    close() {
      if (!open) return;
      open = false;
      session.disconnect();
      for (const reject of rejectPending) reject(new CdpError('the inspector session was closed'));
      rejectPending.clear();
    },
  };
}

function connect(target: 'main-thread' | 'this-thread'): Session {
  try {
    // Loaded on use: `node:inspector` throws on import where Node was built without it.
    const inspector = require('node:inspector') as typeof import('node:inspector');
    const session = new inspector.Session();
    if (target === 'main-thread') session.connectToMainThread();
    else session.connect();
    return session;
  } catch (cause) {
    throw new CdpError(`no inspector session: ${describeRefusal(cause)}`, { cause });
  }
}

/**
 * Why this process may have no inspector session, in one line; `null` if it may. To be asked in the main thread: where
 * the permission model forbids it, `connectToMainThread` from a worker does not throw but aborts the process, and workers
 * do not see `process.permission` (both on 20.20, 22.23, 24.21 and 26.10).
 */
export function whyNoInspector(): string | null {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  if (!permission) return null;
  try {
    if (permission.has('inspector')) return null;
  } catch {
    // A scope that this version does not know, and then does not grant either.
  }
  return "Node's permission model forbids the inspector (--allow-inspector, from Node 24 on)";
}

// Node hands errors over as Error (20+) with the protocol's own message, or as `{ code, message }`.
function describeRefusal(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
