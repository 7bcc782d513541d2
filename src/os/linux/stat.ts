import { readProcFile } from './proc-file.js';

/** What is of use in `/proc/PID/stat` and `/proc/PID/task/TID/stat`. */
export interface Stat {
  /** Process or thread id. */
  id: number;
  /** The name (`comm`), at most 15 bytes. */
  name: string;
  /** One letter. */
  state: string;
  ppid: number;
  userTicks: number;
  systemTicks: number;
  /** Since boot. */
  startTicks: number;
}

/**
 * Clock ticks a second. The kernel counts in HZ but shows USER_HZ, which is 100 on every architecture that Node
 * runs on (it differed on Alpha and IA-64 only): no need to ask sysconf, which Node does not have.
 */
export const TICKS_PER_SECOND = 100;

/**
 * Of a process, or of a thread (`PID/task/TID`). `null` if there is none, any more perhaps, or it is hidden (`hidepid`).
 */
export function readStat(pid: number | string): Stat | null {
  const file = readProcFile(`/proc/${pid}/stat`);
  return file.error === undefined ? parseStat(file.text) : null;
}

/** `null` for text that is not such a line. */
export function parseStat(text: string): Stat | null {
  // The name stands between parentheses and may itself contain some, and spaces: what follows it cannot.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return null;
  const id = Number(text.slice(0, open));
  const fields = text.slice(close + 2).split(' ');
  const [state, ppid, userTicks, systemTicks, startTicks] = [
    fields[0],
    Number(fields[1]),
    Number(fields[11]),
    Number(fields[12]),
    Number(fields[19]),
  ];
  if (!state || ![id, ppid, userTicks, systemTicks, startTicks].every(Number.isSafeInteger)) return null;
  return {
    id,
    name: unescapeName(text.slice(open + 1, close)),
    state,
    ppid,
    userTicks,
    systemTicks,
    startTicks,
  };
}

/** The kernel writes a newline as `\n` here and a backslash as `\\`, so that the file stays one line. */
function unescapeName(name: string): string {
  return name.includes('\\') ? name.replaceAll(/\\([n\\])/g, (_, c: string) => (c === 'n' ? '\n' : c)) : name;
}
