/** Checks of the shape of parsed JSON: each says in one line where the data is not as expected, or nothing. */
export type Shape = (value: unknown, path: string) => string | null;

export const anything: Shape = () => null;

export const text: Shape = (value, path) =>
  typeof value === 'string' ? null : wrong(value, path, 'a string');

export const number: Shape = (value, path) =>
  typeof value === 'number' ? null : wrong(value, path, 'a number');

export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? null : wrong(value, path, 'a boolean');

export const single: Shape = (value, path) =>
  ['string', 'number', 'boolean'].includes(typeof value)
    ? null
    : wrong(value, path, 'a string, number or boolean');

export function nullable(shape: Shape): Shape {
  return (value, path) => (value === null ? null : shape(value, path));
}

export function optional(shape: Shape): Shape {
  return (value, path) => (value === undefined ? null : shape(value, path));
}

/** Fields that are not named may be there, with any value. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(fields);
  return (value, path) => {
    if (!isObject(value)) return wrong(value, path, 'an object');
    return first(entries, ([key, shape]) =>
      shape(Object.hasOwn(value, key) ? value[key] : undefined, at(path, key)),
    );
  };
}

export function record(shape: Shape): Shape {
  return (value, path) =>
    isObject(value)
      ? first(Object.entries(value), ([key, item]) => shape(item, at(path, key)))
      : wrong(value, path, 'an object');
}

export function list(shape: Shape): Shape {
  return (value, path) =>
    Array.isArray(value)
      ? first([...value.entries()], ([i, item]: [number, unknown]) => shape(item, `${path}[${i}]`))
      : wrong(value, path, 'a list');
}

/** For shapes that hold themselves. */
export function recursive(shape: () => Shape): Shape {
  return (value, path) => shape()(value, path);
}

function first<T>(items: readonly T[], check: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = check(item);
    if (problem !== null) return problem;
  }
  return null;
}

function wrong(value: unknown, path: string, wanted: string): string {
  return `${path === '' ? 'it' : path} is ${value === undefined ? 'missing' : `not ${wanted}`}`;
}

/** Keys are somebody's data: quoted, and cut, where they are no plain names. */
function at(path: string, key: string): string {
  if (!/^[A-Za-z_]\w{0,60}$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 60))}]`;
  return path === '' ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
