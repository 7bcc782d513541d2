import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { row } from '../support/row.mjs';

const SEED = 20260102;
const REPORTS = 10_000;
const QUICK_REPORTS = 1000;
const BYTES = 50_000;
const PROCESSES = 200;
const HOSTS = 20;
const FUNCTIONS = 3_000;
const STACKS = 2_000;
/** The bundle is what is installed. */
const GURU = resolve(import.meta.dirname, '../../dist/bundle/cli/guru.js');
/** Tells the most memory that the process ever had, in KB. */
const PEAK = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.GURU_BENCH_PEAK, String(process.resourceUsage().maxRSS)));",
)}`;

/**
 * `guru stacks` over many saved reports: how long it takes, and how much memory. They are made with a fixed seed, in a temporary
 * folder: those of 200 processes on 20 hosts of a service, each with its own mixture of some two thousand stacks, a few of which
 * are common and most are rare.
 */
export async function measureMerge({ node, quick }) {
  const reports = quick ? QUICK_REPORTS : REPORTS;
  const folder = mkdtempSync(join(tmpdir(), 'guru-merge-'));
  try {
    const saved = join(folder, 'reports');
    const written = writeReports(saved, reports);
    const { seconds, megabytes, summary } = measure(node, saved, reports, join(folder, 'peak'));
    const what = `guru stacks, ${reports} reports of 50 KB`;
    const note = `${(written / 1e6).toFixed(0)} MB: ${summary}`;
    return [
      row(what, 's', [seconds], { target: { most: 60 }, note }),
      row(`${what}, the most memory`, 'MB', [megabytes], { target: { most: 300 } }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(node, saved, reports, peakFile) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    node,
    ['--import', PEAK, GURU, 'stacks', '--limit', '10', '--format', 'json', saved],
    { encoding: 'utf8', env: { ...process.env, GURU_BENCH_PEAK: peakFile } },
  );
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`guru ended with ${status}\n${stderr}`);
  const merged = JSON.parse(stdout);
  if (merged.reports !== reports) throw new Error(`${merged.reports} reports merged, not ${reports}`);
  const { total, processes, hosts } = merged;
  return {
    seconds,
    megabytes: Number(readFileSync(peakFile, 'utf8')) / 1024,
    summary: `${total.stacks} stacks of ${total.kinds} kinds, of ${processes} processes on ${hosts} hosts`,
  };
}

/** @returns the bytes that were written */
function writeReports(saved, reports) {
  const random = mulberry32(SEED);
  const frames = Array.from({ length: FUNCTIONS }, (_, i) => frame(i, random));
  const stacks = Array.from({ length: STACKS }, () => stack(frames, random));
  let written = 0;
  for (let i = 0; i < reports; i++) {
    const host = `rack${i % HOSTS}`;
    const pid = 1000 + (i % PROCESSES);
    const at = new Date(Date.UTC(2026, 0, 2) + i * 1000);
    const text = JSON.stringify(report({ host, pid, at, random, stacks }), null, 2);
    const directory = join(saved, host);
    if (i < HOSTS) mkdirSync(directory, { recursive: true });
    const time = at.toISOString().replace(/\D/g, '').slice(0, 14);
    writeFileSync(join(directory, `mogan-api_gurumeditation_${time}_${pid}.json`), text);
    written += text.length;
  }
  return written;
}

function report({ host, pid, at, random, stacks }) {
  const groups = [];
  let length = 3_000;
  while (length < BYTES) {
    // The square makes the first ones common.
    const frames = stacks[Math.floor(random() ** 2 * stacks.length)];
    const group = {
      count: 1 + Math.floor(random() * 20),
      threadId: 0,
      frames,
      waitsFor: `timer: ${groups.length * 100} ms`,
    };
    groups.push(group);
    length += 200 + frames.length * 355;
  }
  return {
    schemaVersion: 1,
    title: 'Guru Meditation',
    generatedAt: at.toISOString(),
    trigger: { kind: 'signal', detail: 'SIGUSR2', receivedBy: 'sentinel' },
    process: { pid, serviceName: 'mogan-api', hostname: host, nodeVersion: 'v20.20.2' },
    timings: { totalMs: 41.2, mainThreadPauseMs: 3.1 },
    sections: [
      section('Threads', 'threads', {
        threads: [
          {
            id: pid,
            threadId: 0,
            name: 'main',
            kind: 'main',
            state: 'running',
            frames: stacks[Math.floor(random() * 50)],
          },
        ],
      }),
      section('Green Threads', 'greenThreads', { collector: 'snapshot', total: groups.length, groups }),
      section('Configuration', 'configuration', {
        groups: { api: { port: 8080, host: '0.0.0.0' }, default: { debug: false } },
      }),
    ],
  };
}

function section(title, kind, model) {
  return { title, kind, status: 'ok', durationMs: 1, model };
}

function stack(frames, random) {
  return Array.from(
    { length: 3 + Math.floor(random() * 12) },
    () => frames[Math.floor(random() * frames.length)],
  );
}

function frame(i, random) {
  const line = 1 + Math.floor(random() * 2_000);
  return {
    function: `Service${i % 97}.handle${i}`,
    file: `/srv/mogan/node_modules/package-${i % 211}/dist/lib/module-${i % 701}.js`,
    line,
    column: 1 + Math.floor(random() * 80),
    sourceLine: `const result${i} = await this.client.send(request${line}, { timeout });`,
    async: true,
  };
}

function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
