import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Names of functions in an executable by address, from the full symbol table (`.symtab`), which the official builds
 * of Node have (seen: 20.20, 22.23, 24.21, 26.10) and many distributions strip. 64-bit little-endian ELF only.
 */
export interface CodeAddress {
  /** Where the function is in memory. */
  address: number;
  /** Where in the file, as position-independent executables lie somewhere else each time; `null`: not known. */
  fileOffset: number | null;
}

/** ELF constants, named as in the specification. */
const ET_EXEC = 2;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const STT_FUNC = 2;
const SYMBOL_SIZE = 24;
const SECTION_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;

/** Symbols of a Node binary: 110,000 to 170,000, 2.6 to 4 MB. More than this is no Node. */
const SYMTAB_LIMIT = 32 * 1024 * 1024;
const CHUNK = 1024 * SYMBOL_SIZE * 16;
/** Mangled names of lambdas in templates are long; what they are recognised by stands within this. */
const NAME_LIMIT = 512;

/** Address → mangled name, for those that begin exactly there. Empty where the file tells none. Never throws. */
export function readFunctionNames(executable: string, wanted: readonly CodeAddress[]): Map<number, string> {
  const names = new Map<number, string>();
  let file: number | undefined;
  try {
    file = openSync(executable, 'r');
    collectNames(file, wanted, names);
  } catch {
    // Unreadable, or not what it looked like: threads then have no better name than the kernel's.
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return names;
}

function collectNames(file: number, wanted: readonly CodeAddress[], names: Map<number, string>): void {
  const header = readAt(file, 0, 64);
  const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
  if (!isElf64) return;
  const sections = readTable(file, header, 0x28, 0x3c, SECTION_HEADER_SIZE);
  const symtab = sections.find((section) => section.readUInt32LE(4) === SHT_SYMTAB);
  const strtab = symtab && sections[symtab.readUInt32LE(0x28)];
  if (!symtab || !strtab || big(symtab, 0x20) > SYMTAB_LIMIT) return;
  const fixed = header.readUInt16LE(16) === ET_EXEC;
  const programHeaders = fixed ? [] : readTable(file, header, 0x20, 0x38, PROGRAM_HEADER_SIZE);
  const byValue = new Map<number, number>();
  for (const { address, fileOffset } of wanted) {
    const value = fixed ? address : linkAddress(programHeaders, fileOffset);
    if (value !== null) byValue.set(value, address);
  }
  const found = findSymbols(file, big(symtab, 0x18), big(symtab, 0x20), new Set(byValue.keys()));
  for (const [value, nameOffset] of found) {
    const bytes = readAt(file, big(strtab, 0x18) + nameOffset, NAME_LIMIT);
    const end = bytes.indexOf(0);
    names.set(byValue.get(value)!, bytes.toString('latin1', 0, end === -1 ? bytes.length : end));
  }
}

/** Value → offset of the name. Reads the table once, a piece at a time, and makes no object per symbol. */
function findSymbols(
  file: number,
  start: number,
  size: number,
  values: ReadonlySet<number>,
): Map<number, number> {
  const found = new Map<number, number>();
  const chunk = new Uint32Array(Math.min(CHUNK, size) / 4);
  const bytes = Buffer.from(chunk.buffer);
  for (let at = 0; at < size && found.size < values.size; at += bytes.length) {
    const read = readSync(file, bytes, 0, Math.min(bytes.length, size - at), start + at);
    const words = (read - (read % SYMBOL_SIZE)) / 4;
    for (let word = 0; word < words; word += SYMBOL_SIZE / 4) {
      // st_name, st_info…, st_value (low, high), st_size (low, high)
      const value = chunk[word + 2]! + chunk[word + 3]! * 2 ** 32;
      if (value === 0 || !values.has(value)) continue;
      if ((chunk[word + 1]! & 0xf) === STT_FUNC) found.set(value, chunk[word]!);
    }
  }
  return found;
}

/** The address that the linker gave to a place in the file. */
function linkAddress(programHeaders: readonly Buffer[], fileOffset: number | null): number | null {
  if (fileOffset === null) return null;
  for (const header of programHeaders) {
    if (header.readUInt32LE(0) !== PT_LOAD) continue;
    const offset = big(header, 8);
    if (fileOffset >= offset && fileOffset < offset + big(header, 0x20))
      return big(header, 0x10) + fileOffset - offset;
  }
  return null;
}

/** The entries of one of the two tables of headers that the ELF header points at. */
function readTable(file: number, header: Buffer, offsetAt: number, countAt: number, size: number): Buffer[] {
  const count = header.readUInt16LE(countAt);
  const table = readAt(file, big(header, offsetAt), count * size);
  return Array.from({ length: Math.floor(table.length / size) }, (_, at) =>
    table.subarray(at * size, (at + 1) * size),
  );
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

function big(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}
