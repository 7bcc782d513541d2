import { readFileSync } from 'node:fs';

/**
 * One stack of the Green Threads section, from its innermost function outwards, without Node's own.
 *
 * @typedef {object} ReportedStack
 * @property {number} thread
 * @property {string[]} files base names, each once
 * @property {string[]} frames names; `[then parse]`, `[Promise.all 2]` for what is no function that waits
 * @property {string[]} misplaced frames that are not where a function of that name can wait
 * @property {boolean} passing some are at places where they do not wait for long
 * @property {string | undefined} waitsFor
 * @property {string | undefined} label
 * @property {boolean} abandoned
 * @property {number} count
 */

/** Where functions wait: name → `LINE:COLUMN` → whether that is for long, from the comments of sources. */
export function placesIn(files) {
  const places = new Map();
  for (const file of files) {
    for (const [at, line] of readFileSync(file, 'utf8').split('\n').entries()) {
      const [, sign, name] = /\/\/([@~]) (\w+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const known = places.get(name) ?? places.set(name, new Map()).get(name);
      known.set(`${at + 1}:${columnOf(line)}`, sign === '@');
    }
  }
  return places;
}

const MARK = '/*^*/';

function columnOf(line) {
  const mark = line.indexOf(MARK);
  return mark === -1 ? line.search(/\b(?:await|yield)\b/) + 1 : mark + MARK.length + 1;
}

/** @returns {ReportedStack[]} stacks that are alike in all that is said of them, once. */
export function reportedStacks(groups, places) {
  const found = [];
  for (const group of groups) {
    if (group.internal) continue;
    for (const frames of waysOf(group)) {
      const own = frames.filter(({ internal }) => !internal);
      const stack = {
        thread: group.threadId,
        files: [...new Set(own.filter(({ native }) => !native).map(({ file }) => baseName(file)))],
        frames: own.map(nameOf),
        misplaced: own
          .filter((frame) => isFunction(frame) && placeOf(frame, places) === undefined)
          .map(describe),
        passing: own.some((frame) => isFunction(frame) && placeOf(frame, places) === false),
        abandoned: group.abandoned === true,
      };
      const members = group.members ?? [{ waitsFor: group.waitsFor, label: group.label }];
      const tally = new Map();
      for (const { waitsFor, label } of members) {
        const key = `${waitsFor}|${label}`;
        const same = tally.get(key);
        if (same) same.count++;
        else tally.set(key, { ...stack, waitsFor, label, count: 1 });
      }
      // Members are not listed beyond a hundred.
      const first = tally.values().next().value;
      first.count += group.count - members.length;
      found.push(...tally.values());
    }
  }
  return found;
}

function waysOf({ frames, awaitedBy, repeated }) {
  if (repeated) return [[...frames, { function: '(again)', native: true }]];
  if (awaitedBy === undefined) return [frames];
  return awaitedBy.flatMap(waysOf).map((way) => [...frames, ...way]);
}

const CALLBACK = /^(?:Promise\.(then|catch|finally)|(resolve) of a promise, held by) (.+)$/;

function nameOf(frame) {
  if (frame.native) return `[${frame.function.replace(/ \(index (\d+)\)$/, ' $1')}]`;
  const [, kind, resolve, name] = CALLBACK.exec(frame.function) ?? [];
  return name === undefined ? frame.function : `[${kind ?? resolve} ${name}]`;
}

function isFunction({ native, function: name }) {
  return !native && !CALLBACK.test(name);
}

function placeOf({ function: name, line, column, approximate }, places) {
  return approximate ? false : places.get(name)?.get(`${line}:${column}`);
}

function describe({ function: name, file, line, column }) {
  return `${name} ${baseName(file)}:${line}:${column}`;
}

function baseName(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}
