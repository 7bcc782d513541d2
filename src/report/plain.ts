/**
 * Whatever a generator returned, as bounded plain data. Runs in the main thread of somebody's service, possibly
 * inside an interrupt: it never throws, and its cost is bounded by its limits, not by the size of what it is given.
 */
import type { JsonValue } from './json.js';
import { describeThrown, plainError, primitiveOf, tagOf } from './plain-exotic.js';

export interface PlainLimits {
  /** Levels of arrays and objects; deeper ones become `[Array]` or `[Object]`. At most 500. */
  maxDepth: number;
  /** Values of any type. */
  maxNodes: number;
  /** UTF-16 code units in all strings and keys together. */
  maxBytes: number;
}

export const PLAIN_LIMITS: Readonly<PlainLimits> = { maxDepth: 32, maxNodes: 100_000, maxBytes: 1024 * 1024 };

export interface Plain {
  value: JsonValue;
  /** One line: where and why the value was cut short; `null` where it is complete. */
  cut: string | null;
}

/**
 * Turns any value into bounded JSON data. Never throws.
 *
 * What JSON cannot hold is named in brackets: `[circular]`, `[Function: f]`, `[Symbol(s)]`, `[threw: message]` for
 * a getter, `toJSON` or proxy that throws, `<Buffer 12 bytes>`. BigInt becomes `12n`, NaN and the infinities their
 * names, Date its ISO string, Map an object if all its keys are strings (else entries), Set an array.
 *
 * A value that is an object with a million own properties costs one `Object.keys` (JavaScript has no lazy way to
 * list them); arrays, maps, sets, typed arrays and strings are never walked beyond the limits.
 */
export function toPlain(value: unknown, limits: Partial<PlainLimits> = {}): Plain {
  const walk = new PlainWalk({ ...PLAIN_LIMITS, ...limits });
  let plain: JsonValue;
  try {
    plain = walk.visit(value, '', 0) ?? null;
  } catch (error) {
    // Only running out of stack gets here, when called with hardly any of it left.
    plain = describeThrown(error);
  }
  return { value: plain, cut: walk.cut() };
}

class PlainWalk {
  readonly #limits: PlainLimits;
  readonly #maxDepth: number;
  readonly #reasons = new Set<string>();
  /** The objects on the way from the root to the value at hand. */
  readonly #ancestors = new Set<object>();
  #nodesLeft: number;
  #charsLeft: number;

  constructor(limits: PlainLimits) {
    this.#limits = limits;
    this.#maxDepth = Math.min(limits.maxDepth, 500); // the walk is recursive
    this.#nodesLeft = limits.maxNodes;
    this.#charsLeft = limits.maxBytes;
  }

  cut(): string | null {
    return this.#reasons.size === 0 ? null : `model cut at ${[...this.#reasons].join(' and ')}`;
  }

  /** `undefined` where the value has no place in an object. */
  visit(value: unknown, key: string, depth: number): JsonValue | undefined {
    this.#nodesLeft--;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? value + 0 : String(value);
      case 'bigint':
        return this.#bigint(value);
      case 'symbol':
        return this.#text(`[${String(value)}]`);
      case 'function':
        return this.#function(value);
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? null : this.#guarded(value, key, depth);
    }
  }

  #guarded(value: object, key: string, depth: number): JsonValue | undefined {
    if (this.#ancestors.has(value)) return '[circular]';
    this.#ancestors.add(value);
    try {
      return this.#object(value, key, depth);
    } catch (error) {
      return this.#text(describeThrown(error)); // a proxy's trap, toJSON, an overridden method
    } finally {
      this.#ancestors.delete(value);
    }
  }

  #object(value: object, key: string, depth: number): JsonValue | undefined {
    // Before toJSON: a Buffer's would make an array of a number per byte.
    if (ArrayBuffer.isView(value)) return binary(value);
    const tag = tagOf(value);
    if (tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer') return binary(value as ArrayBuffer);
    const primitive = primitiveOf(value, tag);
    if (primitive !== undefined) return this.visit(primitive, key, depth);

    const toJson: unknown = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJson === 'function') {
      const json: unknown = Reflect.apply(toJson, value, [key]);
      if (json !== value) {
        if (typeof json !== 'object' || json === null) return this.visit(json, key, depth);
        // As JSON.stringify: the toJSON of the result itself is not asked again.
        return this.#ancestors.has(json) ? '[circular]' : this.#container(json, depth);
      }
    }
    return this.#container(value, depth);
  }

  #container(value: object, depth: number): JsonValue {
    if (depth >= this.#maxDepth) {
      this.#reasons.add(`depth ${this.#maxDepth}`);
      return Array.isArray(value) ? '[Array]' : '[Object]';
    }
    if (ArrayBuffer.isView(value)) return binary(value);
    if (Array.isArray(value)) return this.#array(value, depth + 1);
    const tag = tagOf(value);
    const count = collectionSize(value, tag);
    if (count !== null) {
      return tag === 'Map'
        ? this.#map(value as Map<unknown, unknown>, count, depth + 1)
        : this.#items(Set.prototype.values.call(value as Set<unknown>), count, depth + 1);
    }
    switch (tag) {
      case 'Promise':
        return '[Promise]';
      case 'WeakMap':
      case 'WeakSet':
      case 'WeakRef':
        return '[weak]';
      case 'Error':
      case 'DOMException':
        return this.#record(plainError(value), depth + 1);
      default:
        return this.#record(value instanceof Error ? plainError(value) : value, depth + 1);
    }
  }

  #array(value: readonly unknown[], depth: number): JsonValue[] {
    const out: JsonValue[] = [];
    const length = value.length;
    for (let i = 0; i < length; i++) {
      if (this.#exhausted()) {
        out.push(`… (${length - i} more items)`);
        break;
      }
      out.push(this.#property(value, i, depth) ?? null);
    }
    return out;
  }

  #items(items: Iterator<unknown>, count: number, depth: number): JsonValue[] {
    const out: JsonValue[] = [];
    for (let next = items.next(); next.done !== true; next = items.next()) {
      if (this.#exhausted()) {
        out.push(`… (${count - out.length} more items)`);
        break;
      }
      out.push(this.visit(next.value, String(out.length), depth) ?? null);
    }
    return out;
  }

  #map(value: Map<unknown, unknown>, count: number, depth: number): JsonValue {
    let seen = 0;
    for (const key of Map.prototype.keys.call(value)) {
      if (typeof key !== 'string') return this.#items(Map.prototype.entries.call(value), count, depth);
      if (++seen > this.#nodesLeft) break; // what comes later will not be shown
    }
    const out: [string, JsonValue][] = [];
    for (const [key, item] of Map.prototype.entries.call(value) as MapIterator<[string, unknown]>) {
      if (!this.#take(key)) {
        out.push(['…', `(${count - out.length} more entries)`]);
        break;
      }
      out.push([key, this.visit(item, key, depth) ?? null]);
    }
    return Object.fromEntries(out);
  }

  #record(value: object, depth: number): JsonValue {
    const keys = Object.keys(value);
    const out: [string, JsonValue][] = [];
    for (const [i, key] of keys.entries()) {
      if (!this.#take(key)) {
        out.push(['…', `(${keys.length - i} more properties)`]);
        break;
      }
      const item = this.#property(value, key, depth);
      if (item !== undefined) out.push([key, item]);
    }
    // Object.fromEntries defines, it does not assign: a key `__proto__` becomes an own property like any other.
    return Object.fromEntries(out);
  }

  #property(owner: object, key: string | number, depth: number): JsonValue | undefined {
    let value: unknown;
    try {
      value = (owner as Record<string | number, unknown>)[key];
    } catch (error) {
      this.#nodesLeft--;
      return this.#text(describeThrown(error));
    }
    return this.visit(value, String(key), depth);
  }

  /** Whether there is room for one more property of this name. */
  #take(key: string): boolean {
    if (this.#exhausted()) return false;
    this.#charsLeft -= key.length;
    return !this.#exhausted();
  }

  #exhausted(): boolean {
    if (this.#charsLeft < 0) this.#reasons.add(bytesText(this.#limits.maxBytes));
    else if (this.#nodesLeft <= 0) this.#reasons.add(`${this.#limits.maxNodes} values`);
    else return false;
    return true;
  }

  #text(text: string): string {
    if (text.length <= this.#charsLeft) {
      this.#charsLeft -= text.length;
      return text;
    }
    let end = Math.max(0, this.#charsLeft);
    if (/[\ud800-\udbff]/.test(text.charAt(end - 1))) end--; // never half a surrogate pair
    this.#charsLeft = -1;
    this.#reasons.add(bytesText(this.#limits.maxBytes));
    return `${text.slice(0, end)}… (${text.length - end} more characters)`;
  }

  #bigint(value: bigint): string {
    // The decimal form of a BigInt takes time that grows with the square of its length; hexadecimal is linear.
    return BigInt.asIntN(4096, value) === value ? this.#text(`${value}n`) : '[BigInt of more than 4096 bits]';
  }

  #function(value: unknown): string {
    let name: unknown;
    try {
      name = (value as { name?: unknown }).name;
    } catch {
      // A proxy's trap, or a getter: the function is shown without a name.
    }
    return this.#text(
      typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function (anonymous)]',
    );
  }
}

function binary(value: ArrayBufferView | ArrayBufferLike): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return `<${typeof name === 'string' ? name.slice(0, 100) : 'binary'} ${value.byteLength} bytes>`;
}

/** The size of a Map or a Set; `null` for what is neither, or only pretends to be one. */
function collectionSize(value: object, tag: string): number | null {
  if (tag !== 'Map' && tag !== 'Set') return null;
  try {
    const size: unknown = Reflect.get(tag === 'Map' ? Map.prototype : Set.prototype, 'size', value);
    return typeof size === 'number' ? size : null;
  } catch {
    return null; // the tag came from a Symbol.toStringTag
  }
}

function bytesText(bytes: number): string {
  if (bytes > 0 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)} MiB`;
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} characters`;
}
