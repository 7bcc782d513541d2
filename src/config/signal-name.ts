import { constants } from 'node:os';
import { bad, good, type Parsed } from './parsed.js';
import { quote } from './problem.js';

/** What asks for a report where nobody says otherwise. Windows has no SIGUSR2; there Ctrl+Break sends SIGBREAK. */
export const DEFAULT_SIGNAL = 'SIGUSR2' in constants.signals ? 'SIGUSR2' : 'SIGBREAK';

const FAULT = 'it tells of a fault of the process itself, and a handler in JavaScript would never get to run';

const UNUSABLE: Readonly<Record<string, string>> = {
  SIGKILL: 'no program can catch it',
  SIGSTOP: 'no program can catch it',
  SIGSEGV: FAULT,
  SIGBUS: FAULT,
  SIGFPE: FAULT,
  SIGILL: FAULT,
  SIGUSR1: 'Node starts its inspector on it',
  SIGPROF: "V8's CPU profiler uses it",
  // A report that cannot be written to a closed pipe would ask for the next one, and so on.
  SIGPIPE: 'every write to a closed pipe sends it',
  SIGCHLD: 'every child process that ends sends it',
};

/**
 * A signal as people write it — `SIGUSR2`, `usr2`, `12`, 12 — as a name that this platform knows and that a handler
 * may be installed for.
 */
export function parseSignal(raw: unknown): Parsed<string> {
  const name = signalName(raw);
  if (name === null) return bad(`unknown signal ${quote(raw)}`);
  const reason = UNUSABLE[name];
  if (reason !== undefined) return bad(`signal ${quote(raw)} cannot be used, ${reason}`);
  return good(name);
}

function signalName(raw: unknown): string | null {
  const text =
    typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw.trim().toUpperCase() : '';
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    // Some numbers have two names (SIGIO and SIGPOLL): the first is the usual one.
    return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
  }
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  return Object.hasOwn(constants.signals, name) ? name : null;
}
