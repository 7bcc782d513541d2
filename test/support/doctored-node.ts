import { closeSync, constants, copyFileSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;

interface Section {
  type: number;
  address: number;
  offset: number;
  size: number;
  link: number;
}

/**
 * A copy of the node that runs the tests, in which bytes can be changed: what a program finds there is as in a V8 that was
 * built otherwise. It cannot be changed while a process runs it.
 */
export class DoctoredNode {
  readonly path: string;
  readonly #sections: readonly Section[];
  /** Name → address, of V8's constants for debuggers. */
  readonly #symbols = new Map<string, number>();
  readonly #names: Section;
  #changes: { at: number; before: Buffer }[] = [];

  private constructor(path: string, sections: readonly Section[], symbols: Section, names: Section) {
    this.path = path;
    this.#sections = sections;
    this.#names = names;
    const text = this.#read(names.offset, names.size);
    const table = this.#read(symbols.offset, symbols.size);
    for (let at = 0; at + SYMBOL_SIZE <= table.length; at += SYMBOL_SIZE) {
      const start = table.readUInt32LE(at);
      const name = text.toString('latin1', start, text.indexOf(0, start));
      if (name.startsWith(PREFIX))
        this.#symbols.set(name.slice(PREFIX.length), Number(table.readBigUInt64LE(at + 8)));
    }
  }

  /** Copies the executable into a directory; `null` where that has none of V8's constants. */
  static copyInto(directory: string): DoctoredNode | null {
    const path = join(directory, 'node');
    copyFileSync(process.execPath, path, constants.COPYFILE_FICLONE);
    const sections = readSections(path);
    const symbols = sections.find(({ type }) => type === SHT_DYNSYM);
    const names = symbols && sections[symbols.link];
    if (!symbols || !names) return null;
    const node = new DoctoredNode(path, sections, symbols, names);
    return node.#symbols.size > 0 ? node : null;
  }

  /** The constant's value; the name without `v8dbg_`, or the beginning of it. */
  constant(name: string): number {
    return this.#read(this.#offsetOf(name), 4).readInt32LE(0);
  }

  setConstant(name: string, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#write(this.#offsetOf(name), bytes);
  }

  /** Those whose names begin so, without `v8dbg_`, get names that nobody looks for. */
  hideConstants(prefix: string): void {
    const { offset, size } = this.#names;
    const bytes = this.#read(offset, size);
    const name = `${PREFIX}${prefix}`;
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
      this.#write(offset + at, Buffer.from('x'));
    }
  }

  /** What `process.versions.v8` says. The text stands in V8's startup snapshots too, which must be of the real version. */
  setVersion(version: string): void {
    const { v8 } = process.versions;
    const text = `\0${version}\0`;
    const at = this.#read(0, statSync(this.path).size).indexOf(`\0${v8}\0`);
    if (at === -1 || version.length !== v8.length) throw new Error(`${v8} cannot be made ${version}`);
    this.#write(at, Buffer.from(text));
  }

  /** Makes it what it was. */
  restore(): void {
    const changes = this.#changes.toReversed();
    this.#changes = [];
    for (const { at, before } of changes) this.#writeBytes(at, before);
  }

  #offsetOf(prefix: string): number {
    const name = [...this.#symbols.keys()].find((one) => one === prefix || one.startsWith(`${prefix}__`));
    const address = this.#symbols.get(name ?? '');
    if (address === undefined) throw new Error(`V8 has no constant ${prefix}`);
    const section = this.#sections.find(
      (one) => one.type !== SHT_NOBITS && address >= one.address && address < one.address + one.size,
    );
    if (!section || section.address === 0) throw new Error(`the constant ${prefix} is not in the file`);
    return section.offset + address - section.address;
  }

  #read(offset: number, size: number): Buffer {
    return readBytes(this.path, offset, size);
  }

  #write(at: number, bytes: Buffer): void {
    this.#changes.push({ at, before: this.#read(at, bytes.length) });
    this.#writeBytes(at, bytes);
  }

  /** Open no longer than for this: what is open for writing cannot be run. */
  #writeBytes(at: number, bytes: Buffer): void {
    const file = openSync(this.path, 'r+');
    try {
      writeSync(file, bytes, 0, bytes.length, at);
    } finally {
      closeSync(file);
    }
  }
}

const PREFIX = 'v8dbg_';

function readSections(path: string): Section[] {
  const header = readBytes(path, 0, 64);
  const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
  if (!isElf64) return [];
  const count = header.readUInt16LE(0x3c);
  const table = readBytes(path, Number(header.readBigUInt64LE(0x28)), count * SECTION_HEADER_SIZE);
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_HEADER_SIZE;
    const big = (offset: number): number => Number(table.readBigUInt64LE(at + offset));
    return {
      type: table.readUInt32LE(at + 4),
      address: big(16),
      offset: big(24),
      size: big(32),
      link: table.readUInt32LE(at + 40),
    };
  });
}

function readBytes(path: string, offset: number, size: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, offset));
  } finally {
    closeSync(file);
  }
}
