/** A value that was looked at: what it means, or what is wrong with it, the value included in the words. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
