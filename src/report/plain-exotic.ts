/** The values of JavaScript that are no plain data, each read so that a hostile one can do no more than throw. */

/** The built-in class, also of objects of another realm (vm contexts), where `instanceof` fails. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** The primitive that stands for a boxed one, a Date or a RegExp; `undefined` for everything else. */
export function primitiveOf(value: object, tag: string): unknown {
  switch (tag) {
    case 'Date':
      return unboxed(() => {
        const time = Date.prototype.getTime.call(value);
        return Number.isNaN(time) ? '[Invalid Date]' : new Date(time).toISOString();
      });
    case 'RegExp':
      return unboxed(() => RegExp.prototype.toString.call(value));
    case 'Number':
      return unboxed(() => Number.prototype.valueOf.call(value));
    case 'String':
      return unboxed(() => String.prototype.valueOf.call(value));
    case 'Boolean':
      return unboxed(() => Boolean.prototype.valueOf.call(value));
    case 'BigInt':
      return unboxed(() => BigInt.prototype.valueOf.call(value));
    case 'Symbol':
      return unboxed(() => Symbol.prototype.valueOf.call(value));
    default:
      return undefined;
  }
}

/** `Symbol.toStringTag` lets any object claim any tag; the built-in's own method throws for those that lie. */
function unboxed(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What an error says: its stack is left out, its own properties too (HTTP clients keep whole requests there). */
export function plainError(error: object): Record<string, unknown> {
  const { name, message, code, cause, errors } = error as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(Array.isArray(errors) ? { errors } : {}),
  };
}

/** `[threw: message]`, for anything that can be thrown. Never throws. */
export function describeThrown(thrown: unknown): string {
  let message: unknown;
  try {
    message =
      typeof thrown === 'object' && thrown !== null
        ? (thrown as { message?: unknown }).message
        : String(thrown);
  } catch {
    // The thrown object itself throws when it is read: there is nothing to say about it.
  }
  return typeof message === 'string' ? `[threw: ${message.slice(0, 200)}]` : '[threw]';
}
