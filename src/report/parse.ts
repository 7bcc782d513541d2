import { GuruError } from './error.js';
import type { JsonValue } from './json.js';
import { type Report, SCHEMA_VERSION, type Section, type SectionKind } from './schema.js';
import {
  anything,
  flag,
  list,
  nullable,
  number,
  object,
  optional,
  record,
  recursive,
  single,
  text,
} from './shape.js';
import type { Shape } from './shape.js';

/** Arrays and objects within each other. The views are recursive; no report of this library comes near it. */
const DEEPEST = 1000;

const process = object({ pid: number, serviceName: text, hostname: text, nodeVersion: text });
const trigger = object({
  kind: text,
  detail: optional(text),
  receivedBy: text,
  reason: optional(text),
  coalesced: optional(number),
});
const frame = object({
  function: text,
  file: text,
  line: nullable(number),
  column: nullable(number),
  sourceLine: optional(text),
  async: optional(flag),
  native: optional(flag),
  internal: optional(flag),
  approximate: optional(flag),
  generated: optional(object({ file: text, line: number, column: number })),
});
const socket = object({ protocol: text, local: text, remote: text, state: text });
const systemCall = object({
  number,
  name: nullable(text),
  fd: optional(object({ fd: number, target: text, socket: optional(socket) })),
  path: optional(text),
});
const os = object({
  tid: number,
  state: text,
  cpu: object({ userMs: number, systemMs: number }),
  waitChannel: optional(text),
  systemCall: optional(systemCall),
});
const thread = object({
  id: nullable(number),
  threadId: optional(number),
  name: text,
  kind: text,
  state: text,
  frames: list(frame),
  note: optional(text),
  os: optional(os),
});
const branchFields: Record<string, Shape> = {
  count: optional(number),
  frames: list(frame),
  awaitedBy: optional(list(recursive(() => branch))),
  repeated: optional(flag),
};
const branch: Shape = object(branchFields);
const group = object({
  ...branchFields,
  count: number,
  threadId: number,
  waitsFor: optional(text),
  label: optional(text),
  internal: optional(flag),
  abandoned: optional(flag),
  members: optional(list(object({ waitsFor: optional(text), label: optional(text) }))),
});
const processNode: Shape = object({
  pid: number,
  ppid: number,
  user: nullable(text),
  uid: nullable(number),
  state: text,
  command: list(text),
  startedAt: optional(text),
  children: list(recursive(() => processNode)),
});
const element: Shape = object({
  name: text,
  attributes: optional(record(single)),
  children: optional(
    list(recursive(() => (value, path) => (typeof value === 'string' ? null : element(value, path)))),
  ),
});

/** What each kind's views rely on. A new kind does not compile until it has its row. */
const MODELS: { [K in SectionKind]: Shape } = {
  package: record(nullable(single)),
  threads: object({ threads: list(thread) }),
  greenThreads: object({ collector: text, fallback: optional(text), total: number, groups: list(group) }),
  processes: processNode,
  configuration: object({ groups: record(record(anything)) }),
  custom: anything,
};

const section = object({
  title: text,
  kind: text,
  status: text,
  reason: optional(text),
  durationMs: number,
  views: optional(object({ text: optional(text), xml: optional(element) })),
});
const report = object({
  title: text,
  generatedAt: text,
  trigger,
  process,
  timings: object({ totalMs: number, mainThreadPauseMs: nullable(number) }),
  sections: list(section),
});

/**
 * A saved report, of this process or of any other: what the JSON view wrote. What it gives can be rendered by every
 * view. Fields that are not known are kept; sections of a kind that is not known become `custom`, so that a report
 * of a later version can still be read.
 *
 * @throws {GuruError} ERR_GURU_REPORT, with one line that says where the text is not a report
 */
export function parseReport(text: string): Report {
  const data = parseJson(text);
  const version = isObject(data) ? data['schemaVersion'] : undefined;
  if (version === undefined) throw notAReport('it has no schemaVersion');
  if (version !== SCHEMA_VERSION) {
    throw notAReport(
      `its schemaVersion is ${JSON.stringify(version)?.slice(0, 40)}, and only ${SCHEMA_VERSION} can be read`,
    );
  }
  if (isDeeperThan(data, DEEPEST)) throw notAReport(`it is nested deeper than ${DEEPEST} levels`);
  const problem = report(data, '');
  if (problem !== null) throw notAReport(problem);

  const parsed = data as Report;
  return { ...parsed, sections: parsed.sections.map(knownSection) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    // The parser's own message may quote the text, which may be long and hold anything.
    throw new GuruError('ERR_GURU_REPORT', 'not a report: it is no valid JSON', { cause });
  }
}

function knownSection(section: Section, i: number): Section {
  const { kind, model } = section as { kind: string; model?: unknown };
  if (!isKind(kind)) return { ...section, kind: 'custom', model: (model ?? null) as JsonValue };
  const path = `sections[${i}].model`;
  if (model === undefined) throw notAReport(`${path} is missing`);
  const problem = model === null ? null : MODELS[kind](model, path);
  if (problem !== null) throw notAReport(problem);
  return section;
}

function isKind(kind: string): kind is SectionKind {
  return Object.hasOwn(MODELS, kind);
}

/** Iterative, since `JSON.parse` has no limit of its own (seen with V8 11.3). */
function isDeeperThan(data: unknown, limit: number): boolean {
  let level: unknown[] = [data];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) next.push(item);
    }
    level = next;
  }
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAReport(why: string): GuruError {
  return new GuruError('ERR_GURU_REPORT', `not a report of guru-meditation: ${why}`);
}
