import { statSync } from 'node:fs';
import { type ElfFile, openElf, searchSection, symbolAddress } from './elf-file.js';

/** What an executable or library tells of the Node in it. */
export interface NodeBinary {
  /** It exports V8's constants for debuggers, and Node's own interface for addons. */
  isNode: boolean;
  /** `v20.20.2`; `null` where it cannot be told. */
  version: () => string | null;
  /** Where libuv's default loop is, as the linker meant it; `null` where the symbols were stripped. */
  defaultLoop: () => number | null;
  /** Whether it is loaded where the linker meant it. */
  fixed: boolean;
}

/** V8 alone has more than this; scripts' interpreters and tools, which most processes are, have less. */
const SMALLEST = 8 * 1024 * 1024;
const VERSION = /^node-(v\d+\.\d+\.\d+(?:-[\w.]+?)?)\.tar\.gz/;
const VERSION_LENGTH = 80;

const NO_NODE: NodeBinary = { isNode: false, version: () => null, defaultLoop: () => null, fixed: true };

/** By device, inode, size and time: the processes of one machine run few different binaries. */
const cache = new Map<string, NodeBinary>();

/** Never throws, and runs nothing. `path` may be `/proc/PID/exe`: that works where the file was replaced or removed. */
export function examineBinary(path: string): NodeBinary {
  let key: string;
  try {
    const { dev, ino, size, mtimeMs } = statSync(path);
    if (size < SMALLEST) return NO_NODE;
    key = `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch {
    return NO_NODE; // gone, or not to be read
  }
  const known = cache.get(key);
  if (known) return known;
  const binary = withElf(path, NO_NODE, (elf) => {
    const isNode = exportsName(elf, 'v8dbg_') && exportsName(elf, 'napi_create_');
    if (!isNode) return NO_NODE;
    return {
      isNode,
      version: once(() => withElf(path, null, readVersion)),
      defaultLoop: once(() => withElf(path, null, (elf) => symbolAddress(elf, 'default_loop_struct'))),
      fixed: elf.fixed,
    };
  });
  cache.set(key, binary);
  return binary;
}

function withElf<T>(path: string, otherwise: T, use: (elf: ElfFile) => T): T {
  const elf = openElf(path);
  if (elf === null) return otherwise;
  try {
    return use(elf);
  } catch {
    return otherwise; // not what its headers say
  } finally {
    elf.close();
  }
}

function exportsName(elf: ElfFile, prefix: string): boolean {
  const names = elf.sections.find(({ name }) => name === '.dynstr');
  return (
    names !== undefined && searchSection(elf, names, Buffer.from(`\0${prefix}`), 256, () => true) === true
  );
}

/** From the address of its own source archive, which `process.release` tells (20.20, 22.23, 24.21 and 26.10). */
function readVersion(elf: ElfFile): string | null {
  const data = elf.sections.find(({ name }) => name === '.rodata');
  if (data === undefined) return null;
  return searchSection(elf, data, Buffer.from('node-v'), VERSION_LENGTH, (bytes, at) => {
    const text = bytes.toString('latin1', at, at + VERSION_LENGTH);
    return VERSION.exec(text)?.[1] ?? null;
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
