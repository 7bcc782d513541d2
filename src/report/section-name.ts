import type { Section } from './schema.js';

/** `Green Threads`, `green-threads` and `greenThreads` are one name, by which a section is asked for. */
export function isSectionNamed({ title, kind }: Pick<Section, 'title' | 'kind'>, name: string): boolean {
  return isSameName(title, name) || isSameName(kind, name);
}

export function isSameName(a: string, b: string): boolean {
  return plainName(a) === plainName(b);
}

function plainName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[\s_-]+/g, '');
  return plain === '' ? name : plain;
}
