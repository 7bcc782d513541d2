import { get } from 'node:http';
import type { TcpListener } from '../../../os/linux/listening-sockets.js';

const ANSWER_LIMIT = 1024 * 1024;

/**
 * The WebSocket address of Node's inspector behind a listener; `null` if something else listens there, or nothing answers
 * in time: the inspector's own thread answers this, whatever the main thread does.
 */
export async function findInspectorUrl(listener: TcpListener, timeoutMs: number): Promise<string | null> {
  const text = await request(hostOf(listener), listener.port, '/json/list', timeoutMs);
  try {
    const targets: unknown = JSON.parse(text ?? '');
    if (!Array.isArray(targets)) return null;
    for (const target of targets as { type?: unknown; id?: unknown; webSocketDebuggerUrl?: unknown }[]) {
      if (target.type !== 'node' || typeof target.id !== 'string' || !/^[\w-]+$/.test(target.id)) continue;
      // Its own word for where it is may be an address that only others can reach.
      return `ws://${hostOf(listener)}:${listener.port}/${target.id}`;
    }
    return null;
  } catch {
    return null; // no JSON: no inspector
  }
}

/** Where to reach a listener from this machine: the loopback address where it listens on all. */
function hostOf({ host }: TcpListener): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function request(host: string, port: number, path: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const done = (text: string | null): void => {
      clearTimeout(timer);
      resolve(text);
      sent.destroy();
    };
    const sent = get(
      { host: host.replace(/^\[|\]$/g, ''), port, path, agent: false, headers: { Host: `${host}:${port}` } },
      (response) => {
        if (response.statusCode !== 200) return done(null);
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          if (text.length > ANSWER_LIMIT) done(null);
        });
        response.once('end', () => done(text));
        response.once('error', () => done(null));
      },
    );
    const timer = setTimeout(() => done(null), timeoutMs);
    sent.on('error', () => done(null));
  });
}
