import { execFile } from 'node:child_process';
import { statSync, type Stats } from 'node:fs';
import { openMemory } from '../../../os/linux/memory.js';
import { errorCode } from '../../../os/system-error.js';
import { readV8Constants } from '../../../v8/memory/constants.js';
import { calibrate } from '../../../v8/memory/calibrate.js';
import { type KnownProcess, learnProcess } from '../../../v8/memory/reader.js';
import { explainRefusal } from '../../target/permission.js';
import { programPath } from './program-path.js';
import type { OutsideProcess } from './outside-process.js';

/** What the calibration program says of the binary that runs it. */
export interface CalibrationAnswer {
  node: string;
  v8: string;
  arch: string;
  /** V8's ids of builtins with their names; `null` where its memory cannot be read as it must. */
  builtins: [id: number, name: string][] | null;
  /** Why they are `null`. */
  reason: string | null;
}

/** What is known of the Node that a process runs. */
export interface TargetNode {
  /** `null` where it could not be learnt. */
  version: { node: string; v8: string; arch: string } | null;
  /** For reading its memory; one line why it cannot be read. */
  known: KnownProcess | { reason: string };
}

/** Starting Node and calibrating takes some 150 to 400 ms. */
const PROGRAM_MS = 10_000;
const ANSWER_LIMIT = 1024 * 1024;

/** By device, inode and time of change of the binary: the processes of one machine run few different ones. */
const answers = new Map<string, Promise<CalibrationAnswer | { reason: string }>>();

/**
 * Learns what the memory of a process looks like: from V8 itself, where it runs the same binary as this process does;
 * otherwise its binary is run once for that. Never rejects.
 */
export async function learnTarget(target: OutsideProcess): Promise<TargetNode> {
  const exe = `/proc/${target.pid}/exe`;
  let stats: Stats;
  try {
    stats = statSync(exe);
  } catch (error) {
    const reason = `which binary it runs cannot be read (${errorCode(error) ?? String(error)}): ${explainRefusal(target, 'read')}`;
    return { version: null, known: { reason } };
  }
  // Nothing is run that is not seen to be a Node.
  const constants = readV8Constants(target.pid);
  if ('reason' in constants)
    return { version: null, known: { reason: `no V8 is found in it: ${constants.reason}` } };
  const key = `${stats.dev}:${stats.ino}:${stats.mtimeMs}`;
  let asked = answers.get(key);
  if (!asked) answers.set(key, (asked = isOwnBinary(stats) ? askSelf() : askBinary(exe, stats, target)));
  const answer = await asked;
  if (!('node' in answer)) return { version: null, known: answer };
  const version = { node: answer.node, v8: answer.v8, arch: answer.arch };
  return { version, known: learnMemory(target, answer) };
}

function learnMemory(
  target: OutsideProcess,
  { v8, builtins, reason }: CalibrationAnswer,
): TargetNode['known'] {
  const memory = openMemory(target.pid);
  if (memory === null)
    return { reason: `/proc/${target.pid}/mem cannot be opened: ${explainRefusal(target, 'attach')}` };
  memory.close();
  if (builtins === null) return { reason: `memory cannot be read: ${reason ?? 'the layout is not known'}` };
  const known = learnProcess(target.pid, v8);
  return 'reason' in known ? known : { ...known, builtins: new Map(builtins) };
}

function isOwnBinary({ dev, ino }: Stats): boolean {
  const own = statSync('/proc/self/exe');
  return own.dev === dev && own.ino === ino;
}

async function askSelf(): Promise<CalibrationAnswer> {
  const { node, v8 } = process.versions;
  const answer: CalibrationAnswer = { node, v8, arch: process.arch, builtins: null, reason: null };
  try {
    const known = learnProcess('self', v8);
    const calibrated = 'reason' in known ? known : await calibrate(known);
    return 'reason' in calibrated
      ? { ...answer, reason: calibrated.reason }
      : { ...answer, builtins: [...calibrated.known.builtins] };
  } catch (error) {
    return { ...answer, reason: error instanceof Error ? error.message : String(error) };
  }
}

function askBinary(
  exe: string,
  stats: Stats,
  target: OutsideProcess,
): Promise<CalibrationAnswer | { reason: string }> {
  return new Promise((resolve) => {
    const options = {
      env: {}, // NODE_OPTIONS, say, is none of its business
      cwd: '/',
      timeout: PROGRAM_MS,
      maxBuffer: ANSWER_LIMIT,
      killSignal: 'SIGKILL',
      ...identityFor(stats, target),
    } as const;
    execFile(exe, [programPath('calibration-program')], options, (error, stdout, stderr) => {
      const answer = parseAnswer(stdout);
      if (answer !== null) return resolve(answer);
      const said = stderr
        .trim()
        .split('\n')
        .find((line) => /error|denied|not found/i.test(line));
      const why = said ?? error?.message.split('\n')[0] ?? 'it printed something else';
      resolve({
        reason: `its memory cannot be read: its binary is another than guru's, and could not be run here to learn its layout (${why})`,
      });
    });
  });
}

/** Root runs no binary that somebody else could have written, but as the user that runs it anyway. */
function identityFor({ uid, mode }: Stats, target: OutsideProcess): { uid?: number; gid?: number } {
  const trusted = uid === 0 && (mode & 0o022) === 0;
  if (process.geteuid?.() !== 0 || trusted || target.gid === null) return {};
  return { uid: target.uid, gid: target.gid };
}

function parseAnswer(stdout: string): CalibrationAnswer | null {
  try {
    const answer = JSON.parse(stdout) as Partial<CalibrationAnswer> | null;
    const { node, v8, arch, builtins, reason } = answer ?? {};
    if (![node, v8, arch].every((text) => typeof text === 'string')) return null;
    const isPair = (pair: unknown): boolean =>
      Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'string';
    const pairs = Array.isArray(builtins) && builtins.every(isPair) ? builtins : null;
    return { node: node!, v8: v8!, arch: arch!, builtins: pairs, reason: reason ?? null };
  } catch {
    return null;
  }
}
