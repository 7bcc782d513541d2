import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import { checkReport } from './check-report.mjs';
import { UNCERTAIN } from './check-stacks.mjs';
import { History } from './history.mjs';
import { APP, Program } from './program.mjs';
import { placesIn } from './reported-stacks.mjs';

/** It runs in turns without reports, to see what memory it takes by itself, and with them: parts of the time. */
const TURNS = 5;
const WITHOUT_REPORTS = 0.25;
/** What the reports may add to the resident memory, MB. The program's own goes up and down by its cache's size. */
const MAX_MORE_MB = 250;
/** How long files may stay open after the last report. */
const CLOSING_MS = 20_000;
/** After this many problems a report is not looked at further. */
const MAX_SHOWN = 5;
const MAX_KEPT = 20;

/**
 * Runs the program for a time, asks it for one report after the other, and checks each of them.
 *
 * @param {{ name: string, node: string, flags: string[], seed: number, seconds: number, cacheMb: number,
 *   maxPause: number | null }} options
 * @returns {Promise<object>} what was seen; `failures` is empty if all went well.
 */
export async function run(options) {
  const program = new Program(options);
  const history = new History(program.log);
  const places = placesIn([join(APP, 'kinds.cjs'), join(APP, 'program.mjs')]);
  const seen = {
    failures: [],
    failed: 0,
    uncertain: 0,
    bytes: 0,
    statuses: new Map(),
    reasons: new Map(),
    pauses: [],
    totals: [],
    green: [],
    stacks: [],
    residentMb: { without: [], with: [] },
  };
  const fail = (text) => {
    seen.failed++;
    if (seen.failures.length < MAX_KEPT) seen.failures.push(text);
  };
  const ask = async () => {
    const text = await program.ask();
    history.read();
    let checked;
    try {
      checked = checkReport(text, { history, places, seed: options.seed });
    } catch (error) {
      fail(`a report that is none: ${error.message}\n${text.slice(0, 2000)}`);
      return;
    }
    note(seen, checked, text.length);
    const { problems, section, window } = checked;
    if (problems.length === 0) return;
    // The report says of it that it is not confirmed.
    if (problems.every((problem) => problem.startsWith(UNCERTAIN))) {
      seen.uncertain++;
      return;
    }
    // What is worse first.
    problems.sort((a, b) => Number(a.startsWith(UNCERTAIN)) - Number(b.startsWith(UNCERTAIN)));
    const file = join(program.directory, `failed-${seen.failed + 1}.json`);
    if (seen.failed < MAX_KEPT) writeFileSync(file, text);
    const more = problems.length > MAX_SHOWN ? [`and ${problems.length - MAX_SHOWN} more`] : [];
    fail(
      [
        `report ${file} (${section?.status}: ${section?.reason ?? ''}), ${window.from} to ${window.to}`,
        ...problems.slice(0, MAX_SHOWN),
        ...more,
      ].join('\n  '),
    );
  };
  try {
    await program.says('ready');
    await ask();
    await ask();
    // After reports: what the sentinel opens for good is open by now.
    seen.filesBefore = program.openFiles();
    program.tell('go');
    for (let turn = 0; turn < TURNS; turn++) {
      const seconds = options.seconds / TURNS;
      await repeatFor(seconds * WITHOUT_REPORTS, async () => {
        await sleep(100);
        seen.residentMb.without.push(program.residentMb());
      });
      await repeatFor(seconds * (1 - WITHOUT_REPORTS), async () => {
        await ask();
        seen.residentMb.with.push(program.residentMb());
      });
    }
    program.tell('stop');
    await program.says('quiet');
    await ask();
    await ask();
    // A section that was not ready in time is still being made.
    const isClosed = () => program.openFiles().length <= seen.filesBefore.length;
    for (const end = performance.now() + CLOSING_MS; !isClosed() && performance.now() < end;)
      await sleep(100);
    seen.filesAfter = program.openFiles();
    if (seen.filesAfter.length > seen.filesBefore.length)
      fail(`file descriptors were left open: ${seen.filesBefore} before, ${seen.filesAfter} after`);
    program.tell('exit');
    const status = await program.until(
      'end',
      () => !program.running && (program.child.exitCode ?? 'a signal'),
    );
    if (status !== 0) fail(`it ended with ${status}`);
  } catch (error) {
    // It hung, or crashed; or `until` took exit code 0 for nothing.
    if (program.child.exitCode !== 0) fail(`${error.message}`);
  } finally {
    await program.end();
    history.close();
  }
  seen.delay = JSON.parse(/^delay (.*)$/m.exec(program.stdout)?.[1] ?? 'null');
  const moreMb = Math.max(...seen.residentMb.with) - Math.max(...seen.residentMb.without);
  if (moreMb > MAX_MORE_MB)
    fail(`resident memory grew by ${moreMb.toFixed()} MB when reports were asked for`);
  const said = [program.stderr(), program.stdout.replace(/^(?:ready|quiet|delay .*)\n/gm, '')]
    .join('')
    .trim();
  if (said !== '') fail(`it said: ${said.slice(0, 5000)}`);
  seen.directory = program.directory;
  return seen;
}

async function repeatFor(seconds, call) {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) await call();
}

function note(seen, { report, section, stacks }, bytes) {
  const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  seen.bytes += bytes;
  seen.totals.push(report.timings.totalMs);
  if (report.timings.mainThreadPauseMs !== null) seen.pauses.push(report.timings.mainThreadPauseMs);
  count(seen.statuses, section?.status ?? 'missing');
  if (!section) return;
  seen.green.push(section.durationMs);
  if (section.model) seen.stacks.push(section.model.total);
  const threads = new Set(stacks.map(({ thread }) => thread));
  for (const { thread, label } of stacks) if (label !== undefined) threads.delete(thread);
  for (const thread of threads)
    count(seen.reasons, `${thread === 0 ? 'main thread' : 'a worker'} without labels`);
  const unknown = stacks.filter(({ waitsFor }) => waitsFor?.startsWith('unknown'));
  if (unknown.length > 0) count(seen.reasons, `${section.status}, but what some wait for is unknown`);
  for (const part of section.reason?.split('; ') ?? []) {
    // Alike but for numbers.
    count(seen.reasons, part.replace(/^thread \d+/, 'a worker').replace(/\b\d[\d.]*\b/g, 'N'));
  }
  for (const { kind, status, reason } of report.sections) {
    if (kind !== 'greenThreads' && status !== 'ok')
      count(seen.reasons, `${kind}: ${status}, ${reason?.replace(/\b\d[\d.]*\b/g, 'N')}`);
  }
}
