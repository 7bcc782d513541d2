import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { mappingsWith, readMaps } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';

/**
 * The constants that V8 exports for debuggers that read a memory image (`v8dbg_*`). They are among the dynamic
 * symbols, which `strip` keeps. Seen: 480 to 531 of them in Node 20.20, 22.23, 24.21 and 26.10.
 */
export interface V8Constants {
  /** By the name without `v8dbg_`. */
  get(name: string): number | undefined;
  /**
   * By the beginning of the name: V8 spells the types in the endings differently from version to version.
   * `undefined` where none begins so, and where several do that differ in value.
   */
  find(prefix: string): number | undefined;
  /** How many there are. */
  readonly size: number;
  /** The file that has them: the executable, or a `libnode.so`. */
  readonly object: string;
}

const PREFIX = Buffer.from('v8dbg_');
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;
const SHF_TLS = 0x400;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
/** The string table has 5 to 9 MB (mangled C++ names), the symbols 2 to 4 MB. More than this is no Node. */
const TABLE_LIMIT = 64 * 1024 * 1024;
const CHUNK = 1024 * SYMBOL_SIZE * 16;
const NAME_LIMIT = 256;
/** Fewer than this is not the set that debuggers get. */
const FEWEST = 100;
const CACHED = 4;

type Outcome = V8Constants | { reason: string };

/** By device, inode and time of change of the file. The processes of one machine run few different binaries. */
const cache = new Map<string, Outcome>();

/** Of the V8 that the process runs: in its executable, or else in a `libnode` that it has mapped. Never throws. */
export function readV8Constants(pid: Pid): Outcome {
  const executable = `/proc/${pid}/exe`;
  const own = readFileConstants(executable, executable);
  if (!('reason' in own)) return own;
  for (const path of libraryPaths(pid)) {
    // Through the process's own root, as it may live in a container.
    const found = readFileConstants(`/proc/${pid}/root${path}`, path);
    if (!('reason' in found)) return found;
  }
  return own;
}

function libraryPaths(pid: Pid): Set<string> {
  const mappings = mappingsWith(readMaps(pid) ?? '', 'r-xp');
  return new Set(mappings.map(({ path }) => path).filter((path) => /\/libnode[^/]*\.so[^/]*$/.test(path)));
}

/** Of one ELF file. */
export function readFileConstants(path: string, name: string): Outcome {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { dev, ino, mtimeMs, size } = fstatSync(file);
    const key = `${dev}:${ino}:${mtimeMs}:${size}`;
    let outcome = cache.get(key);
    if (outcome === undefined) {
      outcome = parse(file, name);
      if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
      cache.set(key, outcome);
    }
    return outcome;
  } catch (error) {
    return { reason: `V8's constants cannot be read from ${name}: ${String(error)}` };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

interface Section {
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
}

function parse(file: number, object: string): Outcome {
  const header = readAt(file, 0, 64);
  const isElf64 =
    header.length === 64 && header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
  if (!isElf64) return { reason: `${object} is no 64-bit little-endian ELF file` };
  const sections = readSections(file, header);
  const symbols = sections.find(({ type }) => type === SHT_DYNSYM);
  const strings = symbols && sections[symbols.link];
  if (!symbols || !strings || symbols.size > TABLE_LIMIT || strings.size > TABLE_LIMIT)
    return { reason: `${object} has no table of dynamic symbols` };
  const names = findNames(file, strings);
  const values = new Map<string, number>();
  for (const [name, address] of findAddresses(file, symbols, names)) {
    const value = readInt(file, sections, address);
    if (value !== null) values.set(name, value);
  }
  if (values.size < FEWEST) return { reason: `${object} has none of V8's constants for debuggers` };
  return constantsOf(values, object);
}

/** @internal For tests: constants as they would have been read. */
export function constantsOf(values: ReadonlyMap<string, number>, object: string): V8Constants {
  return {
    get: (name) => values.get(name),
    find(prefix) {
      const exact = values.get(prefix);
      if (exact !== undefined) return exact;
      let found: number | undefined;
      for (const [name, value] of values) {
        if (!name.startsWith(prefix)) continue;
        if (found !== undefined && found !== value) return undefined;
        found = value;
      }
      return found;
    },
    size: values.size,
    object,
  };
}

function readSections(file: number, header: Buffer): Section[] {
  const count = header.readUInt16LE(0x3c);
  const table = readAt(file, big(header, 0x28), count * SECTION_HEADER_SIZE);
  const sections: Section[] = [];
  for (let at = 0; at + SECTION_HEADER_SIZE <= table.length; at += SECTION_HEADER_SIZE) {
    sections.push({
      type: table.readUInt32LE(at + 4),
      flags: big(table, at + 8),
      address: big(table, at + 16),
      offset: big(table, at + 24),
      size: big(table, at + 32),
      link: table.readUInt32LE(at + 40),
    });
  }
  return sections;
}

/** Offset in the table of strings → name without the prefix. A few hundred among 100,000. */
function findNames(file: number, strings: Section): Map<number, string> {
  const names = new Map<number, string>();
  const overlap = NAME_LIMIT + PREFIX.length;
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let start = 0; start < strings.size; start += CHUNK - overlap) {
    const wanted = Math.min(CHUNK, strings.size - start);
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, wanted, strings.offset + start));
    for (let at = bytes.indexOf(PREFIX); at !== -1; at = bytes.indexOf(PREFIX, at + 1)) {
      const end = bytes.indexOf(0, at);
      // Cut off by the end of this piece: whole in the next one.
      if (end !== -1) names.set(start + at, bytes.toString('latin1', at + PREFIX.length, end));
    }
  }
  return names;
}

function findAddresses(file: number, symbols: Section, names: Map<number, string>): Map<string, number> {
  const addresses = new Map<string, number>();
  const chunk = new Uint32Array(Math.min(CHUNK, symbols.size - (symbols.size % 4)) / 4);
  const bytes = Buffer.from(chunk.buffer);
  for (let start = 0; start < symbols.size; start += bytes.length) {
    const wanted = Math.min(bytes.length, symbols.size - start);
    const read = readSync(file, bytes, 0, wanted, symbols.offset + start);
    const words = (read - (read % SYMBOL_SIZE)) / 4;
    for (let word = 0; word < words; word += SYMBOL_SIZE / 4) {
      // st_name, st_info…, st_value (low, high), st_size (low, high)
      const name = names.get(chunk[word]!);
      if (name !== undefined) addresses.set(name, chunk[word + 2]! + chunk[word + 3]! * 2 ** 32);
    }
  }
  return addresses;
}

/** The 32-bit constant at an address as linked: the file tells, wherever the object was loaded. */
function readInt(file: number, sections: readonly Section[], address: number): number | null {
  const section = sections.find(
    (each) =>
      // Templates of thread-local variables claim addresses of other sections.
      (each.flags & SHF_TLS) === 0 && address >= each.address && address + 4 <= each.address + each.size,
  );
  if (section === undefined || address === 0) return null;
  // Zeros that the file does not hold.
  if (section.type === SHT_NOBITS) return 0;
  const bytes = readAt(file, section.offset + address - section.address, 4);
  return bytes.length === 4 ? bytes.readInt32LE(0) : null;
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

function big(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}
