import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type * as schema from '#src/report/schema.js';
import { sampleReport } from '../support/sample-report.js';

interface Definition {
  properties: Record<string, unknown>;
  required: string[];
}

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../../schema/report.schema.json', import.meta.url), 'utf8'),
) as Definition & { $defs: Record<string, Definition> };

const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile<schema.Report>(
  SCHEMA,
);

function assertValid(report: unknown): void {
  assert.ok(validate(report), JSON.stringify(validate.errors, null, 1));
}

/** The names of an interface's fields, and whether they must be there. Does not compile unless it names all of them. */
type Fields<T> = { [K in keyof T]-?: Pick<T, K> extends Required<Pick<T, K>> ? 'required' : 'optional' };

function assertInStep<T>(definition: Definition | undefined, fields: Fields<T>): void {
  assert.ok(definition);
  const names = Object.keys(fields);
  assert.deepEqual(Object.keys(definition.properties).sort(), names.sort());
  assert.deepEqual(
    definition.required.toSorted(),
    names.filter((name) => fields[name as keyof T] === 'required'),
  );
}

test('the schema has the fields of the types, and requires those that must be there', () => {
  const { $defs } = SCHEMA;
  const required = 'required';
  const optional = 'optional';
  assertInStep<schema.Report>(SCHEMA, {
    schemaVersion: required,
    title: required,
    generatedAt: required,
    trigger: required,
    process: required,
    timings: required,
    sections: required,
  });
  assertInStep<schema.Trigger>($defs['trigger'], {
    kind: required,
    detail: optional,
    receivedBy: required,
    reason: optional,
    coalesced: optional,
  });
  assertInStep<schema.ReportedProcess>($defs['process'], {
    pid: required,
    serviceName: required,
    hostname: required,
    nodeVersion: required,
  });
  assertInStep<schema.Timings>($defs['timings'], { totalMs: required, mainThreadPauseMs: required });
  assertInStep<schema.SectionOf<'custom'>>($defs['section'], {
    title: required,
    kind: required,
    status: required,
    reason: optional,
    durationMs: required,
    model: required,
    views: optional,
  });
  assertInStep<schema.XmlElement>($defs['xmlElement'], {
    name: required,
    attributes: optional,
    children: optional,
  });
  assertInStep<schema.PackageModel>($defs['packageModel'], {
    vendor: required,
    product: required,
    version: required,
    nodeVersion: required,
    v8Version: required,
    platform: required,
    arch: required,
    execPath: required,
    mainScript: required,
    cwd: required,
    startedAt: required,
    uptimeSeconds: required,
  });
  assertInStep<schema.ThreadsModel>($defs['threadsModel'], { threads: required });
  assertInStep<schema.Thread>($defs['thread'], {
    id: required,
    threadId: optional,
    name: required,
    kind: required,
    state: required,
    frames: required,
    note: optional,
    os: optional,
  });
  assertInStep<schema.OsThread>($defs['osThread'], {
    tid: required,
    state: required,
    cpu: required,
    waitChannel: optional,
    systemCall: optional,
  });
  assertInStep<schema.SystemCall>($defs['systemCall'], {
    number: required,
    name: required,
    fd: optional,
    path: optional,
  });
  assertInStep<schema.FileDescriptor>($defs['fileDescriptor'], {
    fd: required,
    target: required,
    socket: optional,
  });
  assertInStep<schema.Frame>($defs['frame'], {
    function: required,
    file: required,
    line: required,
    column: required,
    sourceLine: optional,
    async: optional,
    native: optional,
    internal: optional,
    approximate: optional,
    generated: optional,
  });
  assertInStep<schema.GreenThreadsModel>($defs['greenThreadsModel'], {
    collector: required,
    fallback: optional,
    total: required,
    groups: required,
  });
  const branch = { count: optional, frames: required, awaitedBy: optional, repeated: optional } as const;
  assertInStep<schema.GreenThreadBranch>($defs['greenThreadBranch'], branch);
  assertInStep<schema.GreenThreadGroup>($defs['greenThreadGroup'], {
    ...branch,
    count: required,
    threadId: required,
    waitsFor: optional,
    label: optional,
    internal: optional,
    abandoned: optional,
    members: optional,
  });
  assertInStep<schema.GreenThreadMember>($defs['greenThreadMember'], { waitsFor: optional, label: optional });
  assertInStep<schema.ProcessNode>($defs['processNode'], {
    pid: required,
    ppid: required,
    user: required,
    uid: required,
    state: required,
    command: required,
    startedAt: optional,
    children: required,
  });
  assertInStep<schema.ConfigurationModel>($defs['configurationModel'], { groups: required });
});

test('the sample has every field of the schema, and is valid', () => {
  assertValid(sampleReport());
  const text = JSON.stringify(sampleReport());
  for (const { properties } of [SCHEMA, ...Object.values(SCHEMA.$defs)]) {
    for (const name of Object.keys(properties ?? {})) assert.ok(text.includes(`"${name}":`), name);
  }
});

test('fields may be added anywhere, and kinds of sections', () => {
  const added = JSON.parse(
    JSON.stringify(sampleReport(), (_, value: unknown) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !('x' in value) &&
      !('default' in value) &&
      !('of' in value)
        ? { ...value, later: { x: 1 } }
        : value,
    ),
  ) as schema.Report;
  assertValid(added);
  const section = {
    title: 'Fibres',
    kind: 'fibres',
    status: 'ok',
    durationMs: 1,
    model: { total: 0 },
  };
  assertValid({ ...sampleReport(), sections: [section] });
});

const SECTION = { title: 'x', kind: 'custom', status: 'ok', durationMs: 1, model: 1 };

function withSection(change: object): object {
  return { sections: [{ ...SECTION, ...change }] };
}

const BROKEN: [why: string, change: object][] = [
  ['another version', { schemaVersion: 2 }],
  ['no sections', { sections: undefined }],
  ['a time in no ISO form', { generatedAt: 'yesterday' }],
  ['an unknown trigger', { trigger: { kind: 'moon', receivedBy: 'main' } }],
  ['a status that is not ok, without a reason', withSection({ status: 'failed', model: null })],
  ['an unknown status', withSection({ status: 'fine' })],
  ['no model', withSection({ model: undefined })],
  ['threads that are no list', withSection({ kind: 'threads', model: { threads: {} } })],
  [
    'an incomplete thread',
    withSection({ kind: 'threads', model: { threads: [{ id: 1, name: '', kind: 'main' }] } }),
  ],
  ['an incomplete package', withSection({ kind: 'package', model: { vendor: null } })],
  [
    'a process without a command',
    withSection({ kind: 'processes', model: { pid: 1, ppid: 0, children: [] } }),
  ],
  ['options outside of groups', withSection({ kind: 'configuration', model: { groups: { a: 1 } } })],
  ['an XML element without a name', withSection({ views: { xml: { children: [] } } })],
];

for (const [why, change] of BROKEN) {
  test(`the schema refuses ${why}`, () => {
    assertValid({ ...sampleReport(), sections: [SECTION] });
    assert.equal(validate(JSON.parse(JSON.stringify({ ...sampleReport(), ...change }))), false);
  });
}
