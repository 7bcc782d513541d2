import type { Session } from 'node:inspector';
import { whyNoInspector } from '../inspector/in-process.js';

/** Where the expressions below find what they are about; the property exists only during the call. */
const EXCHANGE = 'guru-meditation.exchange';

interface Answer {
  result?: { objectId?: string };
  internalProperties?: { name: string; value?: { objectId?: string } }[];
}

/**
 * What WeakMaps hold. JavaScript itself cannot list them; V8's inspector can, at some 1 µs for each entry, and within one
 * thread it answers at once, also in the middle of another inspector session's request (20.20, 22.23, 24.21, 26.10).
 *
 * @throws {Error} where there is no inspector.
 */
export function listWeakEntries<K extends object, V>(maps: Iterable<WeakMap<K, V>>): [K, V][] {
  const list = [...maps];
  const forbidden = whyNoInspector();
  if (forbidden !== null) throw new Error(forbidden);
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  const found: [K, V][] = [];
  const take = (entries: ArrayLike<{ key: K; value: V }>): void => {
    // By index: V8 gives the array no prototype.
    for (let i = 0; i < entries.length; i++) found.push([entries[i]!.key, entries[i]!.value]);
  };
  const key = Symbol.for(EXCHANGE);
  const expression = `globalThis[Symbol.for('${EXCHANGE}')]`;
  session.connect();
  try {
    Object.defineProperty(globalThis, key, { value: { maps: list, take }, configurable: true });
    for (const index of list.keys()) {
      const map = post(session, 'Runtime.evaluate', {
        expression: `${expression}.maps[${index}]`,
        silent: true,
      });
      const { internalProperties } = post(session, 'Runtime.getProperties', {
        objectId: map.result?.objectId,
        ownProperties: true,
      });
      const entries = internalProperties?.find(({ name }) => name === '[[Entries]]')?.value;
      post(session, 'Runtime.callFunctionOn', {
        objectId: entries?.objectId,
        functionDeclaration: `function () { ${expression}.take(this); }`,
        silent: true,
      });
    }
  } finally {
    Reflect.deleteProperty(globalThis, key);
    session.disconnect(); // and with it what it held
  }
  return found;
}

/** Requests of the Runtime domain are answered before `post` returns. */
function post(session: Session, method: string, params: object): Answer {
  let answer: { error: unknown; result?: object | undefined } = { error: new Error(`${method}: no answer`) };
  session.post(method, params, (error: unknown, result?: object) => (answer = { error, result }));
  if (answer.error) throw new Error(`${method} failed`, { cause: answer.error });
  return answer.result as Answer;
}
