import { connect } from 'node:net';
import { describeSystemError } from '../os/system-error.js';
import { FrameReader } from './frames.js';
import { type Answer, BadRequest, FRAME_LIMIT, PROTOCOL_VERSION, type Request } from './protocol.js';

/** Why there was no answer, in words for a sentence. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

const UNREADABLE = 'its answer cannot be read';
/** No longer than the longest interval between reports, a day, and some. */
const LONGEST_MS = 25 * 3600 * 1000;

type WithoutVersion<T> = T extends unknown ? Omit<T, 'version'> : never;

export interface CallOptions {
  /** For the first answer, ms. */
  firstMs: number;
  /** Bytes of an answer. Default: what a report may have. */
  limit?: number;
  /**
   * Called with each answer; what it returns is how long the next may take, ms. `null`: there is nothing more to wait for.
   */
  onAnswer: (answer: Answer) => number | null;
}

/** Sends one request and takes the answers, in bounded time. @throws {CallError} @throws {BadRequest} @throws what `onAnswer` throws */
export function call(
  path: string,
  request: WithoutVersion<Request>,
  { firstMs, limit = FRAME_LIMIT, onAnswer }: CallOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(limit);
    const socket = connect(path);
    let timer: NodeJS.Timeout;
    const end = (problem: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      if (problem === null) resolve();
      else reject(typeof problem === 'string' ? new CallError(problem) : (problem as Error));
    };
    const waitFor = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(`there was no answer within ${(ms / 1000).toFixed(1)} s`), ms);
    };
    waitFor(firstMs);
    socket.on('connect', () =>
      socket.write(`${JSON.stringify({ version: PROTOCOL_VERSION, ...request })}\n`),
    );
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) {
          const next = onAnswer(parseAnswer(frame));
          if (next === null) return end(null);
          waitFor(next);
        }
      } catch (error) {
        // Of a frame, of JSON, or of `onAnswer`, whose error is the caller's own.
        end(error instanceof RangeError || error instanceof SyntaxError ? UNREADABLE : error);
      }
    });
    socket.on('error', (error) => end(describeSystemError(error)));
    socket.on('close', () =>
      end('it closed the connection without an answer: it ended, or has too much to do'),
    );
  });
}

/** What it is made of is another program's word: only what is looked at here can be relied on. */
function parseAnswer(frame: string): Answer {
  const answer: unknown = JSON.parse(frame);
  if (typeof answer !== 'object' || answer === null) throw new CallError(UNREADABLE);
  const { type, code, message, withinMs } = answer as Record<string, unknown>;
  if (type === 'error') {
    const text = typeof message === 'string' ? message : UNREADABLE;
    throw code === 'request' ? new BadRequest(text) : new CallError(text);
  }
  if (type === 'accepted') {
    const ms = typeof withinMs === 'number' && withinMs >= 0 ? Math.min(withinMs, LONGEST_MS) : LONGEST_MS;
    return { ...(answer as Extract<Answer, { type: 'accepted' }>), withinMs: ms };
  }
  return answer as Answer;
}
