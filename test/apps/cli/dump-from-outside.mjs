// Makes a report as the command does. Usage: node dump.mjs PID OPTIONS; prints it, or the error's code and message.
import { dumpFromOutside } from '#src/cli/dump/outside/dump-from-outside.js';

const [pid, options = '{}'] = process.argv.slice(2);
try {
  console.log(JSON.stringify(await dumpFromOutside({ pid: Number(pid) }, JSON.parse(options))));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
  process.exitCode = 3;
}
