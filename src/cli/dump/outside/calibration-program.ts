/**
 * Run by the binary of another process, to learn of its V8 what only V8 itself can tell. Prints one line of JSON:
 * {@link CalibrationAnswer}.
 */
import { calibrate } from '../../../v8/memory/calibrate.js';
import { learnProcess } from '../../../v8/memory/reader.js';
import type { CalibrationAnswer } from './calibration.js';

const { node, v8 } = process.versions;
const answer: CalibrationAnswer = { node, v8, arch: process.arch, builtins: null, reason: null };
try {
  const known = learnProcess('self', v8);
  const calibrated = 'reason' in known ? known : await calibrate(known);
  if ('reason' in calibrated) answer.reason = calibrated.reason;
  else answer.builtins = [...calibrated.known.builtins];
} catch (error) {
  answer.reason = error instanceof Error ? error.message : String(error);
}
process.stdout.write(`${JSON.stringify(answer)}\n`);
