/**
 * `node --import guru-meditation/register app.js`: sets the process up with no change of its code. Options come from the
 * environment and the configuration file. What is wrong with them is said in a line each on stderr, and the application
 * starts all the same.
 */
import { isMainThread } from 'node:worker_threads';
import { describeProblem } from './config/problem.js';
import { setupLeniently } from './setup-autorun.js';
import { problemLine } from './sinks/stderr.js';

// Workers inherit `--import`, and need nothing: the main thread's sentinel sees them.
if (isMainThread) {
  try {
    setupLeniently({}, (problem) => problemLine(describeProblem(problem)));
  } catch (error) {
    problemLine(`not set up: ${error instanceof Error ? error.message : String(error)}`);
  }
}
