const now = process.hrtime.bigint();
let cpu = null;
try {
  // The first number: nanoseconds that the main thread has run.
  cpu = Number(
    require('node:fs').readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0],
  );
} catch {
  // not Linux
}
process.stdout.write(JSON.stringify({ now: Number(now), cpu }));
