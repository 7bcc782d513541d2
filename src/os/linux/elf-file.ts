import { closeSync, openSync, readSync } from 'node:fs';

/** The parts of an ELF file (64-bit, little-endian) that tell what an executable is. */
export interface ElfSection {
  name: string;
  type: number;
  /** In memory, as the linker meant it. */
  address: number;
  /** In the file. */
  offset: number;
  size: number;
  /** The index of the section that belongs to it: of a symbol table, its names. */
  link: number;
}

export interface ElfFile {
  sections: readonly ElfSection[];
  /** Whether it is loaded at the addresses that it was linked for (`ET_EXEC`). */
  fixed: boolean;
  /** At most `length` bytes; fewer at the end of the file. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const MOST_SECTIONS = 1000;
const NAMES_LIMIT = 64 * 1024;
const ET_EXEC = 2;
const SHT_SYMTAB = 2;
const SYMBOL_SIZE = 24;
/** What is searched at a time. */
const CHUNK = 4 * 1024 * 1024;

/** `null` for what is no such file, or cannot be read. */
export function openElf(path: string): ElfFile | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null; // every reason comes to the same: nothing can be told of it
  }
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  };
  try {
    const header = read(0, HEADER_SIZE);
    const isElf64 = header.length === HEADER_SIZE && header.readUInt32BE(0) === 0x7f454c46;
    if (isElf64 && header[4] === 2 && header[5] === 1) {
      const sections = readSections(header, read);
      return { sections, fixed: header.readUInt16LE(16) === ET_EXEC, read, close: () => closeSync(file) };
    }
  } catch {
    // Cut short, or an I/O error.
  }
  closeSync(file);
  return null;
}

function readSections(header: Buffer, read: ElfFile['read']): ElfSection[] {
  const count = Math.min(header.readUInt16LE(0x3c), MOST_SECTIONS);
  const table = read(big(header, 0x28), count * SECTION_HEADER_SIZE);
  const headers = Array.from({ length: Math.floor(table.length / SECTION_HEADER_SIZE) }, (_, at) =>
    table.subarray(at * SECTION_HEADER_SIZE, (at + 1) * SECTION_HEADER_SIZE),
  );
  const nameTable = headers[header.readUInt16LE(0x3e)];
  const names = nameTable
    ? read(big(nameTable, 0x18), Math.min(big(nameTable, 0x20), NAMES_LIMIT))
    : Buffer.alloc(0);
  return headers.map((section) => {
    const start = section.readUInt32LE(0);
    const end = names.indexOf(0, start);
    return {
      name: names.toString('latin1', start, end === -1 ? start : end),
      type: section.readUInt32LE(4),
      address: big(section, 0x10),
      offset: big(section, 0x18),
      size: big(section, 0x20),
      link: section.readUInt32LE(0x28),
    };
  });
}

/**
 * Looks for bytes in a section, and has `accept` judge each place with what stands around it, up to `around` bytes. The
 * result of the first that is accepted, else `null`.
 */
export function searchSection<T>(
  elf: ElfFile,
  section: ElfSection,
  needle: Buffer,
  around: number,
  accept: (bytes: Buffer, at: number, offset: number) => T | null,
): T | null {
  for (let start = 0; start < section.size; start += CHUNK) {
    const bytes = elf.read(section.offset + start, Math.min(CHUNK + around, section.size - start));
    for (let at = bytes.indexOf(needle); at !== -1 && at < CHUNK; at = bytes.indexOf(needle, at + 1)) {
      const found = accept(bytes, at, start + at);
      if (found !== null) return found;
    }
    if (bytes.length === 0) return null;
  }
  return null;
}

/** The address of a symbol of the full table, which `strip` takes away; `null` where it is not. */
export function symbolAddress(elf: ElfFile, name: string): number | null {
  const symbols = elf.sections.find(({ type }) => type === SHT_SYMTAB);
  const names = symbols && elf.sections[symbols.link];
  if (!symbols || !names) return null;
  const nameOffset = searchSection(
    elf,
    names,
    Buffer.from(`\0${name}\0`),
    256,
    (_bytes, _at, offset) => offset + 1,
  );
  if (nameOffset === null) return null;
  const step = CHUNK - (CHUNK % SYMBOL_SIZE);
  for (let start = 0; start < symbols.size; start += step) {
    const bytes = elf.read(symbols.offset + start, Math.min(step, symbols.size - start));
    for (let at = 0; at + SYMBOL_SIZE <= bytes.length; at += SYMBOL_SIZE) {
      if (bytes.readUInt32LE(at) === nameOffset) return big(bytes, at + 8);
    }
  }
  return null;
}

function big(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}
