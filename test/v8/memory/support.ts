import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HeapGraph } from '#src/v8/heap-graph.js';
import { createSnapshotReader } from '#src/v8/heap-snapshot/reader.js';
import { openMemory, type Memory } from '#src/os/linux/memory.js';
import { readV8Constants } from '#src/v8/memory/constants.js';
import { type Layout, layoutOf } from '#src/v8/memory/layout.js';
import { elements, property } from '#src/v8/memory/objects.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { TaggedHeap } from '#src/v8/memory/tagged-heap.js';

/** The layout of the V8 that runs the tests. */
export function ownLayout(): Layout {
  const constants = readV8Constants(process.pid);
  assert.ok(!('reason' in constants), JSON.stringify(constants));
  const layout = layoutOf(constants, process.versions.v8);
  assert.ok(!('reason' in layout), JSON.stringify(layout));
  return layout;
}

/** Whether an address lies in memory that is nobody's file, which is all that V8's heap can be in. */
export function anonymousMemory(pid: number): (address: number) => boolean {
  const ranges = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ 0 *$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ start: parseInt(match[1]!, 16), end: parseInt(match[2]!, 16) }));
  let last = { start: 0, end: 0 };
  return (address) => {
    if (address >= last.start && address < last.end) return true;
    const found = ranges.find(({ start, end }) => address >= start && address < end);
    if (found) last = found;
    return found !== undefined;
  };
}

/** What cleans up behind a test or a suite: a `TestContext`, or {@link Cleanups}. */
export interface Owner {
  after(clean: () => Promise<void> | void): void;
}

/** For suites, whose hooks have no context of their own. */
export class Cleanups implements Owner {
  readonly #all: (() => Promise<void> | void)[] = [];

  after(clean: () => Promise<void> | void): void {
    this.#all.push(clean);
  }

  async run(): Promise<void> {
    for (const clean of this.#all.splice(0).reverse()) await clean();
  }
}

export type Reference = { held: number } | { number: string } | { string: string } | null;

/** What the program knows of one of its objects. */
export interface Truth {
  /** The number of its prototype among the objects; -1: not among them. */
  prototype: number | null;
  properties: { [name: string]: Reference };
  entries?: [Reference, Reference][];
  target?: Reference;
}

export interface HeldObjects {
  pid: number;
  memory: Memory;
  heap: TaggedHeap;
  /** The program's objects. */
  objects: number[];
  /** By name: numbers among the objects. */
  names: Map<string, number>;
  truth: Truth[];
  graph: HeapGraph;
  /** The same objects in the snapshot. */
  nodes: number[];
}

/** Runs test/apps/v8/memory/objects.cjs, which is read while it waits. It is ended with the test. */
export async function startObjects(t: Owner): Promise<HeldObjects> {
  const directory = mkdtempSync(join(tmpdir(), 'guru-memory-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const snapshotFile = join(directory, 'heap.json');
  const truthFile = join(directory, 'truth.json');
  const { pid, output } = await startReady(t, 'objects.cjs', [snapshotFile, truthFile]);
  const holder = printedAddress(output);
  const reader = createSnapshotReader();
  reader.write(readFileSync(snapshotFile, 'utf8'));
  const graph = reader.end();
  const { names, truth } = JSON.parse(readFileSync(truthFile, 'utf8')) as { names: string[]; truth: Truth[] };

  const memory = openMemory(pid);
  assert.ok(memory, 'its memory can be read');
  t.after(() => memory.close());
  const heap = new TaggedHeap(new PagedMemory(memory), ownLayout(), anonymousMemory(pid));
  const objects = elements(heap, property(heap, heap.objectOf(holder), 'held'), truth.length);
  assert.equal(objects.length, truth.length);
  return {
    pid,
    memory,
    heap,
    objects,
    names: new Map(names.map((name, index) => [name, index])),
    truth,
    graph,
    nodes: heldNodes(graph, truth.length),
  };
}

/** The tagged pointer that `%DebugPrint` printed. */
export function printedAddress(output: string): number {
  const match = /^DebugPrint: 0x([0-9a-f]+):/m.exec(output);
  assert.ok(match, output);
  return parseInt(match[1]!, 16);
}

/** Starts a program of test/apps/v8/memory with V8's natives; waits until it has printed `ready` on stderr. */
export async function startReady(
  t: Owner,
  name: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<{ pid: number; output: string; errors: string }> {
  const child = spawn(
    process.execPath,
    ['--allow-natives-syntax', '--expose-gc', ...flags, resolve('test/apps/v8/memory', name), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let output = '';
  let errors = '';
  await new Promise<void>((ready, fail) => {
    const look = (): void => {
      // Both pipes: what was printed first need not come first.
      if (errors.includes('ready\n') && output.includes('DebugPrint: ') && output.endsWith('\n')) ready();
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      look();
    });
    child.once('exit', (code) => fail(new Error(`it ended with ${code}: ${errors}`)));
  });
  return { pid: child.pid ?? 0, output, errors };
}

/** The elements of the array in the property `heldByTheTest` of the global object. */
function heldNodes(graph: HeapGraph, count: number): number[] {
  const name = graph.stringNumber('heldByTheTest');
  const propertyType = graph.edgeTypeNumber('property');
  const elementType = graph.edgeTypeNumber('element');
  for (let edge = 0; edge < graph.edgeCount; edge++) {
    if (graph.edgeType(edge) !== propertyType || graph.edgeName(edge) !== name) continue;
    const nodes: number[] = [];
    const array = graph.edgeTarget(edge);
    for (let at = graph.firstEdge(array); at < graph.firstEdge(array + 1); at++) {
      if (graph.edgeType(at) === elementType) nodes[graph.edgeIndex(at)] = graph.edgeTarget(at);
    }
    if (nodes.length === count) return nodes;
  }
  throw new Error('the array is not in the snapshot');
}
