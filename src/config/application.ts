/**
 * What can be known of the application without asking it: its main script and its package.json. Used where nobody
 * said who made the service and what it is called.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';

export interface Application {
  /** The main script, symbolic links resolved; `null` in a REPL, with `--eval` and from standard input. */
  mainScript: string | null;
  /** The package.json that `vendor`, `product` and `version` were read from, if any was found. */
  packageFile: string | null;
  /** `null` each where the file does not say. */
  vendor: string | null;
  product: string | null;
  version: string | null;
}

const UNKNOWN = { packageFile: null, vendor: null, product: null, version: null };

/** Larger than any package.json; nothing else is worth the start-up time. */
const MAX_BYTES = 1024 * 1024;

/**
 * @param script - `process.argv[1]`.
 * @param directory - where to look if there is no main script: the working directory, `null` if that is gone.
 */
export function findApplication(script: string | undefined, directory: string | null): Application {
  const mainScript = resolveMainScript(script);
  const start = mainScript === null ? directory : dirname(mainScript);
  return { mainScript, ...(start === null ? UNKNOWN : (findPackage(start) ?? UNKNOWN)) };
}

function resolveMainScript(script: string | undefined): string | null {
  // Node makes the path absolute before any `--import` runs; what is relative is an argument after `--eval`.
  if (script === undefined || !isAbsolute(script)) return null;
  try {
    return realpathSync(script);
  } catch {
    // `node app` runs app.js or app/index.js, and argv[1] says `/…/app`.
    return script;
  }
}

/** The nearest package.json that has a name: files that hold only `{"type": …}` are markers within a package. */
export function findPackage(start: string): Omit<Application, 'mainScript'> | null {
  for (let directory = start; ; directory = dirname(directory)) {
    const packageFile = join(directory, 'package.json');
    const manifest = readManifest(packageFile);
    const product = textOf(manifest?.['name']);
    if (manifest !== null && product !== null) {
      const vendor = personName(manifest['author']) ?? personName(manifest['publisher']);
      return { packageFile, vendor, product, version: textOf(manifest['version']) };
    }
    if (dirname(directory) === directory) return null;
  }
}

/** `null` where there is none or it is malformed: that is the application's affair, and no reason to complain. */
function readManifest(path: string): Record<string, unknown> | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || stats.size > MAX_BYTES) return null;
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
    return typeof manifest === 'object' && manifest !== null ? (manifest as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The name of npm's `Name <mail> (address)`, or of an object with a `name`. */
function personName(person: unknown): string | null {
  if (typeof person === 'object' && person !== null && 'name' in person) return textOf(person.name);
  return textOf(typeof person === 'string' ? person.replace(/[<(].*$/s, '') : null);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** `mogan-api` of `/opt/mogan/bin/mogan-api.js`. */
export function scriptName(mainScript: string): string {
  return basename(mainScript, extname(mainScript));
}
