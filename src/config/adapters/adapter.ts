/** The live data of a configuration object, before it is made plain. */
export interface LiveConfiguration {
  /** First-level values are options of no group, objects are groups. Not to be changed: it may be the live object. */
  tree: unknown;
  /** Dotted paths in `tree` of what the application declared to be secret. */
  secrets: ReadonlySet<string>;
  /** What could not be read, one line each. */
  notes: readonly string[];
}

/** What an adapter needs to know besides the object. */
export interface AdapterContext {
  /** Whether the value of this environment variable may be shown. */
  isShown: (variable: string) => boolean;
}

/**
 * Reads the configuration objects of one library. The object is recognised by its shape: this library imports none of
 * theirs, and the application may have its own copy or version.
 */
export interface ConfigurationAdapter {
  /** Of the library, for people. */
  name: string;
  recognises: (conf: object) => boolean;
  /**
   * Synchronous, and without any effect on the object. May throw; the error is the Configuration section's reason.
   */
  read: (conf: object, context: AdapterContext) => LiveConfiguration;
}

/** The object's methods by these names, if it has all of them. Looks at nothing else. */
export function hasMethods(value: unknown, ...names: string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that is a container of options and not a value such as a date. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (a vm context) have an Object.prototype of their own, whose prototype is null as well.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
