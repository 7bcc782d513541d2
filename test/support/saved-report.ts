import type { JsonValue } from '#src/report/json.js';
import type { Frame, GreenThreadGroup, Report, Section, SectionKind, Thread } from '#src/report/schema.js';

export interface SavedReport {
  pid?: number;
  host?: string;
  at?: string;
  service?: string;
  /** Without the section, if not given. */
  threads?: Thread[];
  green?: GreenThreadGroup[];
  settings?: Record<string, Record<string, JsonValue>>;
}

/** A report with just the sections that are given. */
export function savedReport({
  pid = 1,
  host = 'rack1',
  at = '2026-01-02T03:04:05.678Z',
  ...more
}: SavedReport): Report {
  const sections: Section[] = [];
  const { threads, green, settings, service = 'mogan-api' } = more;
  if (threads) sections.push(section('Threads', 'threads', { threads }));
  if (green) {
    const total = green.reduce((sum, { count }) => sum + count, 0);
    sections.push(section('Green Threads', 'greenThreads', { collector: 'snapshot', total, groups: green }));
  }
  if (settings) sections.push(section('Configuration', 'configuration', { groups: settings }));
  return {
    schemaVersion: 1,
    title: 'Guru Meditation',
    generatedAt: at,
    trigger: { kind: 'signal', detail: 'SIGUSR2', receivedBy: 'sentinel' },
    process: { pid, serviceName: service, hostname: host, nodeVersion: 'v20.20.2' },
    timings: { totalMs: 40, mainThreadPauseMs: 3 },
    sections,
  };
}

function section(title: string, kind: SectionKind, model: unknown): Section {
  return { title, kind, status: 'ok', durationMs: 1, model } as Section;
}

/** `f:3` is function `f` in line 3 of a.js. */
export function frames(text: string): Frame[] {
  return text.split(' ').map((one) => {
    const [name = '', line = '1'] = one.split(':');
    return { function: name, file: '/srv/a.js', line: Number(line), column: 5 };
  });
}

export function thread(text: string, more: Partial<Thread> = {}): Thread {
  return { id: 1, threadId: 0, name: 'main', kind: 'main', state: 'running', frames: frames(text), ...more };
}

export function green(text: string, count = 1, more: Partial<GreenThreadGroup> = {}): GreenThreadGroup {
  return { count, threadId: 0, frames: frames(text), ...more };
}
