/** What came of a run, as text. */
export function describeRun(seen) {
  const { statuses, reasons, pauses, totals, green, stacks, residentMb, filesBefore, filesAfter, delay } =
    seen;
  const lines = [
    `${totals.length} reports (${(seen.bytes / totals.length / 1024).toFixed()} KB each): ${counts(statuses)}`,
    ...[...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `  ${count} × ${reason}`),
    `suspended functions: ${range(stacks, '')}`,
    `pause of the main thread: ${range(pauses, ' ms')}`,
    `Green Threads: ${range(green, ' ms')}; whole reports: ${range(totals, ' ms')}`,
    `event loop delay: ${delay ? `max ${delay.max.toFixed(1)} ms, p99 ${delay.p99.toFixed(1)} ms` : 'unknown'}`,
    `resident memory: ${range(residentMb.without, ' MB')} without reports; ${range(residentMb.with, ' MB')} with them`,
    `file descriptors: ${filesBefore?.length} before, ${filesAfter?.length} after`,
    `failures: ${seen.failed}; reports with stacks that the program cannot have, of threads that they say are not confirmed: ${seen.uncertain}`,
    ...seen.failures.map((failure) => `FAILED: ${failure}`),
  ];
  if (seen.failed > seen.failures.length)
    lines.push(`and ${seen.failed - seen.failures.length} more failures`);
  return lines.map((line) => `  ${line}`).join('\n');
}

function counts(map) {
  return [...map].map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}

function range(values, unit) {
  if (values.length === 0) return 'none';
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.floor((sorted.length - 1) * part)].toFixed(1);
  return `${at(0)} to ${at(1)}${unit}, median ${at(0.5)}`;
}
