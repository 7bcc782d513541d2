import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appPath, start, waitFor } from '../support/program.mjs';

/** Looked for on the PATH; not a dependency. */
const GO = 'go';

/** A build of Go's standard library is part of it the first time, ms. */
const BUILD_MS = 180_000;

/** What Go's runtime/pprof calls `debug`. */
export const DUMPS = { text: 2, grouped: 1 };

/**
 * Builds bench/apps/goroutines.go, of Go's standard library alone.
 *
 * @returns {{ path: string, remove(): void } | { why: string }}
 */
export function buildGoroutines() {
  if (spawnSync(GO, ['version']).status !== 0) return { why: 'no go on the PATH' };
  const directory = mkdtempSync(join(tmpdir(), 'guru-bench-'));
  const path = join(directory, 'goroutines');
  // Nothing is fetched: neither modules nor another version of Go.
  const env = { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off', GOTOOLCHAIN: 'local' };
  const built = spawnSync(GO, ['build', '-o', path, appPath('goroutines.go')], {
    encoding: 'utf8',
    env,
    timeout: BUILD_MS,
  });
  const remove = () => rmSync(directory, { recursive: true, force: true });
  if (built.status === 0) return { path, remove };
  remove();
  return {
    why: `go build: ${(built.stderr || String(built.error ?? built.signal)).trim().split('\n').at(-1)}`,
  };
}

/** The built program, which answers questions by lines. */
export class Goroutines {
  static async start(path, env) {
    const program = start(path, [], { env });
    await program.says('ready');
    return new Goroutines(program);
  }

  constructor(program) {
    this.program = program;
  }

  /** @returns {Promise<number>} ms that a goroutine which sleeps for 1 ms at a time had to wait, since last asked. */
  longestWait() {
    return this.#ask('longest');
  }

  /**
   * @param {number} debug one of {@link DUMPS}
   * @returns {Promise<number>} ms from the call until all was written to the file that stderr is.
   */
  dump(debug) {
    return this.#ask(`dump ${debug}`);
  }

  async #ask(line) {
    const from = this.program.stdout.length;
    this.program.child.stdin.write(`${line}\n`);
    await waitFor(`an answer to "${line}"`, () => this.program.stdout.slice(from).endsWith('\n'));
    return Number(this.program.stdout.slice(from));
  }
}
