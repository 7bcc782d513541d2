import { HERD, LANES, makeRequest, stacksAfter, WITNESSES } from '../../test/apps/soak/trees.mjs';
import { stoodStill } from './history.mjs';

/** Stands before what is wrong with a thread of which the report itself says that not all is certain. */
export const UNCERTAIN = '(not certain)';

/**
 * Holds the stacks of a report against what the program was doing between `from` and `to`, ms since 1970.
 *
 * Where all of a request stood still in that time, its stacks are known one by one. Where it moved, each stack must be a
 * part of one that it had by then: functions that are just being called are not yet awaited by their callers, and those that
 * have just ended are gone from beneath theirs. Of threads that the report says are not certain, stacks may be missing.
 *
 * @param {import('./reported-stacks.mjs').ReportedStack[]} stacks
 * @param {{ history: import('./history.mjs').History, window: { from: number, to: number }, seed: number,
 *   isCertain: (thread: number) => boolean }} facts
 * @returns {string[]} what is wrong
 */
export function checkStacks(stacks, { history, window, seed, isCertain }) {
  const problems = [];
  const threads = history.threads(window);
  const mark = (thread) => (isCertain(thread) ? '' : `${UNCERTAIN} `);
  const byLane = new Map();
  // A thread that does not answer cannot be asked for its labels.
  const labelled = new Set(stacks.filter(({ label }) => label !== undefined).map(({ thread }) => thread));
  for (const stack of stacks) {
    const problem = findFault(stack, threads);
    if (problem !== null) problems.push(`${mark(stack.thread)}${problem}: ${describe(stack)}`);
    else {
      const key = `${stack.thread} ${stack.files[0]}`;
      byLane.set(key, [...(byLane.get(key) ?? []), stack]);
    }
  }
  for (const [thread, { throughout }] of threads) {
    const certain = throughout && isCertain(thread);
    const program = byLane.get(`${thread} program.mjs`) ?? [];
    for (const problem of checkProgram(thread, certain, program, history, window))
      problems.push(`${mark(thread)}${problem}`);
    for (let index = 0; index < LANES[thread === 0 ? 'main' : 'worker']; index++) {
      const lane = `lane-${index}`;
      const entries = history.entries(thread, lane, window);
      const found = byLane.get(`${thread} ${lane}.cjs`) ?? [];
      const requestOf = ({ serial }) => makeRequest(seed, thread, index, serial);
      const check = certain && stoodStill(entries, window) ? compare : checkParts;
      for (const problem of check(found, thread, lane, entries, requestOf, labelled.has(thread)))
        problems.push(
          `${mark(thread)}${problem}\n    ${lane} of thread ${thread}: ${describeEntries(entries)}`,
        );
    }
  }
  return problems;
}

/** What is wrong with it whatever the program does. */
function findFault({ thread, files, frames, misplaced }, threads) {
  if (thread !== -1 && !threads.has(thread)) return 'of a thread that is not there';
  if (files.length !== 1) return 'functions of several requests in one stack';
  if (!/^(?:lane-\d+\.cjs|program\.mjs)$/.test(files[0])) return 'of a file that has no such functions';
  if (misplaced.length > 0) return `${misplaced.join(', ')}: no place to wait at`;
  return frames.length === 0 ? 'no functions' : null;
}

/** A lane that stood still: exactly these. */
function compare(found, thread, lane, [{ serial, step }], requestOf, labelled) {
  const expected = new Map();
  for (const { frames, waitsFor } of stacksAfter(requestOf({ serial }), step)) {
    const key = `${frames.join(' < ')} (${waitsFor})`;
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  const problems = [];
  for (const stack of found) {
    const { label, waitsFor } = stack;
    const way = stack.frames.join(' < ');
    // It may say that it does not know, or not all that there is to say.
    const said =
      isVague(waitsFor) &&
      stacksAfter(requestOf({ serial }), step).find(({ frames }) => frames.join(' < ') === way);
    const key = `${way} (${said ? said.waitsFor : waitsFor})`;
    const count = expected.get(key) ?? 0;
    expected.set(key, count - stack.count);
    if (label !== (labelled ? `${thread} ${lane} ${serial}` : undefined))
      problems.push(`not labelled so: ${describe(stack)}`);
    else if (count < stack.count) problems.push(`it has no such stack, or fewer of it: ${describe(stack)}`);
    else if (stack.abandoned) problems.push(`not abandoned: ${describe(stack)}`);
    else if (stack.passing) problems.push(`it was not at such a place: ${describe(stack)}`);
  }
  for (const [key, count] of expected) if (count > 0) problems.push(`missing, ${count} times: ${key}`);
  return problems;
}

/** The search for what settles a promise is bounded: it may end at what holds the listener of an emitter, or its list, or not know the event. */
const NEARER = /^(?:a promise: (?:Object\.(?:listener|error|go)|Array)|event: of EventEmitter)$/;

export function isVague(waitsFor) {
  return waitsFor === 'a promise' || NEARER.test(waitsFor) || waitsFor?.startsWith('unknown');
}

/** A lane that moved, or of which not all may have been found: parts of these. */
function checkParts(found, thread, lane, entries, requestOf) {
  const wholes = entries.flatMap((entry) =>
    stacksAfter(requestOf(entry), entry.step).map(({ frames }) => ` < ${frames.join(' < ')} < `),
  );
  const labels = new Set(entries.map(({ serial }) => `${thread} ${lane} ${serial}`));
  const problems = [];
  for (const stack of found) {
    const part = ` < ${stack.frames.join(' < ')} < `;
    if (!wholes.some((whole) => whole.includes(part)))
      problems.push(`it has no such stack: ${describe(stack)}`);
    else if (stack.label !== undefined && !labels.has(stack.label))
      problems.push(`of another request: ${describe(stack)}`);
  }
  return problems;
}

/** What waits for ever, and the many that come and go together. */
function checkProgram(thread, certain, found, history, window) {
  const problems = [];
  const counts = { witness: 0, 'herdQuery < herdHandler': 0, herdQuery: 0, herdHandler: 0 };
  const live = { least: 0, most: 0, labels: new Set([undefined]) };
  for (const lane of history.lanes(thread)) {
    if (!lane.startsWith('herd-')) continue;
    const entries = history.entries(thread, lane, window);
    const moved = !stoodStill(entries, window);
    if (!moved && entries[0].step === 0) live.least += HERD;
    if (!moved && entries[0].step > 0) continue;
    if (entries.length === 0) continue;
    live.most += HERD;
    live.labels.add(`${thread} herd ${entries[0].serial}`);
  }
  for (const stack of found) {
    const name = stack.frames.join(' < ');
    if (counts[name] === undefined) problems.push(`no such stack: ${describe(stack)}`);
    else {
      counts[name] += stack.count;
      if (stack.abandoned) problems.push(`not abandoned: ${describe(stack)}`);
      if (name !== 'witness' && !live.labels.has(stack.label))
        problems.push(`of another request: ${describe(stack)}`);
    }
  }
  const wanted = WITNESSES[thread === 0 ? 'main' : 'worker'];
  if (counts.witness > wanted || (certain && counts.witness < wanted))
    problems.push(`${counts.witness} witnesses in thread ${thread}, not ${wanted}`);
  const alone = counts.herdQuery + counts.herdHandler;
  const herd = counts['herdQuery < herdHandler'] + alone;
  if (herd > live.most || (certain && (herd < live.least || alone > live.most - live.least)))
    problems.push(`${JSON.stringify(counts)} in thread ${thread}, not ${live.least} to ${live.most}`);
  return problems;
}

function describe({ thread, count, frames, files, waitsFor, label, abandoned }) {
  const more = `waits for ${waitsFor}; label ${label}${abandoned ? '; abandoned' : ''}`;
  return `${count} × ${frames.join(' < ')} of ${files.join(', ')}, thread ${thread} (${more})`;
}

function describeEntries(entries) {
  const shown = entries.map(
    ({ at, serial, step, moving }) => `${at}: ${serial}.${step}${moving ? '~' : '='}`,
  );
  return shown.length > 8 ? [...shown.slice(0, 4), '…', ...shown.slice(-4)].join(', ') : shown.join(', ');
}
