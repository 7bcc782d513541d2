import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks a program for a report by a signal, and looks at its stderr each millisecond.
 *
 * @param {import('./program.mjs').Program} program
 * @returns {Promise<{ ms: number, report: any } | null>} the time from before `kill` until the last byte of the JSON
 *   was there, and the report; `null` if none came within `patienceMs`.
 */
export async function askForReport(program, { signal = 'SIGUSR2', patienceMs = 20_000 } = {}) {
  const from = program.stderrLength();
  let length = from;
  const started = performance.now();
  process.kill(program.pid, signal);
  while (performance.now() - started < patienceMs) {
    await sleep(1);
    const now = program.stderrLength();
    if (now === length) continue;
    length = now;
    const ms = performance.now() - started;
    const report = completeJson(program.stderr(from));
    if (report) return { ms, report };
  }
  return null;
}

/** The JSON object at the end of a text, before which lines of another kind may stand; `null` while it is not whole. */
function completeJson(text) {
  if (!text.endsWith('\n}\n')) return null;
  const start = text.startsWith('{') ? 0 : text.indexOf('\n{') + 1;
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return null; // a piece that happens to end so
  }
}
