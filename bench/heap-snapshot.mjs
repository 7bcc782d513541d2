// The snapshot reader on a real heap of small objects: how fast it reads, and how much memory it takes.
//
//     node bench/heap-snapshot.mjs [MB of heap, default 100]
//
// "live" is what a sentinel does: a worker takes the snapshot of its main thread and reads the chunks as they come. It is
// held against a worker that only counts the chunks, since V8's own snapshot takes several times what the reader does.
// "recorded" reads the same chunks from a file, several times, with nothing else going on.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Session } from 'node:inspector';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createSnapshotReader } from '../dist/v8/heap-snapshot/reader.js';

const HERE = fileURLToPath(import.meta.url);
const MEGABYTE = 1e6;
const RECORDED_RUNS = 3;

if (!isMainThread) parentPort.postMessage(await (workerData.live ? live(workerData) : recorded(workerData)));
else if (process.argv[2] === 'child') await child(JSON.parse(process.argv[3]));
else compare(Number(process.argv[2] ?? 100));

/** Runs each measurement in a process of its own and prints them. */
function compare(megabytes) {
  const directory = mkdtempSync(join(tmpdir(), 'guru-bench-'));
  const file = join(directory, 'chunks');
  try {
    const counted = run({ live: true, megabytes, read: false });
    const read = run({ live: true, megabytes, read: true });
    run({ live: true, megabytes, read: false, file });
    const results = Array.from({ length: RECORDED_RUNS }, () => run({ live: false, file }));
    console.log(
      `Node ${process.versions.node}, heap of ${megabytes} MB, ${mb(read.length)} MB of JSON in ${read.chunks} chunks; ` +
        `load of the machine ${loadavg()[0]?.toFixed(1)}`,
    );
    console.log(
      `live, counted:  snapshot ${seconds(counted.total)} s, peak of the process ${mb(counted.rss)} MB`,
    );
    console.log(
      `live, read:     snapshot ${seconds(read.total)} s, peak of the process ${mb(read.rss)} MB ` +
        `(${mb(read.rss - counted.rss)} MB more); ${speed(read)} MB/s; peak of the worker: ` +
        `${mb(read.external)} MB external, ${mb(read.heap)} MB heap (counting alone: ${mb(counted.heap)} MB)`,
    );
    for (const result of results) {
      console.log(
        `recorded:       ${speed(result)} MB/s, peak ${mb(result.rss - result.rssBefore)} MB resident ` +
          `(${mb(result.external)} MB external, ${mb(result.heap)} MB heap); ` +
          `${result.nodes} nodes, ${result.edges} edges, 50 look-ups of names ${result.lookUps.toFixed(1)} ms`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(task) {
  const node = ['--max-old-space-size=8000', HERE, 'child', JSON.stringify(task)];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function child(task) {
  const keep = task.live ? fill(task.megabytes) : null;
  // The limit that the sentinel has.
  const worker = new Worker(HERE, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: 512 } });
  const result = await new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  console.log(JSON.stringify(result));
  process.exit(keep?.length === 0 ? 1 : 0);
}

// With a constructor, since for each such object the snapshot has a location.
function Account(number) {
  this.id = number;
  this.name = `user-${number}`;
  this.tags = [`a${number}`, 'b'];
  this.child = { x: number, y: null };
}

function fill(megabytes) {
  const keep = [];
  const before = process.memoryUsage().heapUsed;
  while (process.memoryUsage().heapUsed - before < megabytes * MEGABYTE) {
    for (let count = 0; count < 5000; count++) keep.push(new Account(count));
  }
  return keep;
}

async function live({ read, file }) {
  const session = new Session();
  session.connectToMainThread();
  const record = file === undefined ? null : openSync(file, 'w');
  const use = meter(read ? createSnapshotReader() : null);
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
    if (record !== null) writeSync(record, `${params.chunk.length}\n${params.chunk}`);
    use.chunk(params.chunk);
  });
  const start = performance.now();
  await new Promise((resolve, reject) => {
    const alive = setInterval(() => {}, 1000); // an inspector session does not keep a worker alive
    session.post(
      'HeapProfiler.takeHeapSnapshot',
      { exposeInternals: true, reportProgress: false },
      (error) => {
        clearInterval(alive);
        if (error) reject(new Error(error.message));
        else resolve();
      },
    );
  });
  const result = use.end();
  session.disconnect();
  if (record !== null) closeSync(record);
  return { ...result, total: performance.now() - start };
}

async function recorded({ file }) {
  const descriptor = openSync(file);
  const { size } = statSync(file);
  const buffer = Buffer.alloc(1 << 21);
  const use = meter(createSnapshotReader());
  for (let at = 0; at < size;) {
    const read = readSync(descriptor, buffer, 0, buffer.length, at);
    const headerEnd = buffer.indexOf(10);
    const length = Number(buffer.toString('latin1', 0, headerEnd));
    if (headerEnd + 1 + length > read) throw new Error('a chunk is larger than the buffer');
    use.chunk(buffer.toString('latin1', headerEnd + 1, headerEnd + 1 + length));
    at += headerEnd + 1 + length;
  }
  closeSync(descriptor);
  return use.end();
}

/** Times what the reader does of each chunk and notes the largest figures of memory. */
function meter(reader) {
  const rssBefore = process.memoryUsage.rss();
  const result = { rssBefore, rss: 0, heap: 0, external: 0, length: 0, chunks: 0, reading: 0 };
  const sample = () => {
    const { rss, heapTotal, external } = process.memoryUsage();
    result.rss = Math.max(result.rss, rss);
    result.heap = Math.max(result.heap, heapTotal);
    result.external = Math.max(result.external, external);
  };
  return {
    chunk(text) {
      result.length += text.length;
      result.chunks++;
      const start = performance.now();
      reader?.write(text);
      result.reading += performance.now() - start;
      sample();
    },
    end() {
      if (!reader) return result;
      const start = performance.now();
      const graph = reader.end();
      const ended = performance.now();
      result.reading += ended - start;
      sample();
      for (let count = 0; count < 50; count++)
        graph.stringNumber(`parameters_and_registers${count}`.slice(0, 5 + count));
      return {
        ...result,
        lookUps: performance.now() - ended,
        nodes: graph.nodeCount,
        edges: graph.edgeCount,
      };
    },
  };
}

function mb(bytes) {
  return (bytes / MEGABYTE).toFixed(0);
}

function seconds(ms) {
  return (ms / 1000).toFixed(1);
}

function speed({ length, reading }) {
  return (length / MEGABYTE / (reading / 1000)).toFixed(0);
}
