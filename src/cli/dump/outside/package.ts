import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { findApplication, findPackage, scriptName } from '../../../config/application.js';
import type { PackageModel } from '../../../report/schema.js';
import type { ProcessFacts } from '../../../sections/package.js';
import type { SectionResult } from '../../../sections/section-result.js';
import { explainRefusal } from '../../target/permission.js';
import type { AskedFacts } from './asked-facts.js';
import type { TargetNode } from './calibration.js';
import type { SplitCommandLine } from '../../target/command-line.js';
import type { OutsideProcess } from './outside-process.js';

/** What stands for what could not be learnt. */
const UNKNOWN = 'unknown';

export interface OutsidePackage {
  section: SectionResult<'package'>;
  serviceName: string;
  nodeVersion: string;
}

/** The Package section: from the process's package.json and its command line. */
export function describeOutsidePackage(
  target: OutsideProcess,
  command: SplitCommandLine,
  facts: ProcessFacts,
  asked: AskedFacts | null,
  node: TargetNode,
): OutsidePackage {
  const cwd = target.readCwd();
  const exe = target.readExe();
  const mainScript = asked?.argv[1] ?? findScript(target, command, 'value' in cwd ? cwd.value : null);
  const found = findSoftware(facts.root ?? '', mainScript, 'value' in cwd ? cwd.value : null);
  const { version } = node;
  const nodeVersion = asked?.version ?? (version === null ? UNKNOWN : `v${version.node}`);
  const model: PackageModel = {
    vendor: found?.vendor ?? null,
    product: found?.product ?? null,
    version: found?.version ?? null,
    nodeVersion,
    v8Version: asked?.v8 ?? version?.v8 ?? UNKNOWN,
    platform: process.platform,
    arch: asked?.arch ?? version?.arch ?? process.arch,
    execPath: 'value' in exe ? exe.value : (target.readCommand()[0] ?? UNKNOWN),
    mainScript,
    cwd: 'value' in cwd ? cwd.value : null,
    startedAt: new Date(facts.startedAt).toISOString(),
    uptimeSeconds: Math.round((Date.now() - facts.startedAt) / 100) / 10,
  };
  const missing: string[] = [];
  if ('error' in cwd) missing.push('its working directory');
  if ('error' in exe) missing.push('its binary');
  if (nodeVersion === UNKNOWN) missing.push('the version of its Node');
  const serviceName =
    facts.environment['GURU_SERVICE_NAME'] ||
    (model.product ?? (mainScript === null ? 'node' : scriptName(mainScript)));
  const what = missing.join(', ').replace(/, ([^,]*)$/, ' and $1');
  const reason = `${what} cannot be learnt: ${missing.length === 1 && 'value' in exe && 'reason' in node.known ? node.known.reason : explainRefusal(target, 'read')}`;
  const section: SectionResult<'package'> =
    missing.length === 0 ? { status: 'ok', model } : { status: 'partial', reason, model };
  return { section, serviceName, nodeVersion };
}

/** The main script, absolute, as far as the command line tells. */
function findScript(target: OutsideProcess, { script }: SplitCommandLine, cwd: string | null): string | null {
  if (script === null || isAbsolute(script)) return script;
  if (cwd === null) return null;
  const path = resolve(cwd, script);
  // It may have changed its directory since, or put a title in the place of its command line.
  const exists = ['', '.js', '.cjs', '.mjs', '/index.js'].some((end) => existsSync(target.root + path + end));
  return exists ? path : null;
}

function findSoftware(
  root: string,
  mainScript: string | null,
  cwd: string | null,
): { vendor: string | null; product: string | null; version: string | null } | null {
  if (root === '') return findApplication(mainScript ?? undefined, cwd);
  // Through its own root directory: no link of it may be followed by name.
  const start = mainScript === null ? cwd : dirname(mainScript);
  return start === null ? null : findPackage(join(root, start));
}
