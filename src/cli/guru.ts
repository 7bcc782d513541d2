#!/usr/bin/env node
/** The `guru` command. The only place that sets the exit code. */
import { run } from './run.js';

let hurries = false;
process.exitCode = await run(process.argv.slice(2), process, () => (hurries = true));
if (hurries) process.exit();
