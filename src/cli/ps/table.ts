import { escapeLine } from '../../views/text-escape.js';
import type { ProcessRow } from './read-row.js';

interface Column {
  title: string;
  alignRight?: boolean;
  show: (row: ProcessRow) => string;
}

/** What is not known, or not permitted to be. */
const UNKNOWN = '?';
const NOTHING = '-';
const MOST_LISTENERS = 4;

const COLUMNS: readonly Column[] = [
  { title: 'PID', alignRight: true, show: ({ pid }) => String(pid) },
  { title: 'USER', show: ({ user, uid }) => user ?? String(uid) },
  { title: 'UP', alignRight: true, show: ({ uptimeSeconds }) => showDuration(uptimeSeconds) },
  { title: 'CPU%', alignRight: true, show: ({ cpu }) => (cpu * 100).toFixed(0) },
  { title: 'RSS', alignRight: true, show: ({ residentBytes }) => `${(residentBytes / 1e6).toFixed(0)}M` },
  { title: 'NODE', show: ({ nodeVersion }) => nodeVersion ?? UNKNOWN },
  { title: 'TRIGGER', show: showTrigger },
  {
    title: 'LOOP',
    show: ({ loop }) => (loop.state === 'blocked' ? `blocked ${showDuration(loop.seconds)}` : loop.state),
  },
  { title: 'SERVICE', show: ({ service }) => service ?? NOTHING },
  { title: 'LISTENS ON', show: ({ listensOn }) => showListeners(listensOn) },
];

/** One line a process, in columns, under a line of titles. What the processes call themselves cannot break it. */
export function psTable(rows: readonly ProcessRow[]): string {
  const cells = rows.map((row) => COLUMNS.map(({ show }) => escapeLine(show(row))));
  const widths = COLUMNS.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const lines = [COLUMNS.map(({ title }) => title), ...cells].map((line) =>
    line
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return COLUMNS[at]?.alignRight ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function showTrigger({ setUp, trigger }: ProcessRow): string {
  if (trigger !== null) return trigger.kind === 'signal' ? trigger.signal : trigger.path;
  return setUp === null ? UNKNOWN : NOTHING;
}

function showListeners(listeners: readonly string[] | null): string {
  if (listeners === null) return UNKNOWN;
  if (listeners.length === 0) return NOTHING;
  const left = listeners.length - MOST_LISTENERS;
  return [...listeners.slice(0, MOST_LISTENERS), ...(left > 0 ? [`and ${left} more`] : [])].join(', ');
}

/** `7s`, `12m`, `3h05m`, `21d04h` */
export function showDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}
