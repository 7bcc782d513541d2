import { readFileSync, writeFileSync } from 'node:fs';

const SAMPLE_MS = 10;

/** Makes the kernel count the peak of resident memory anew; see proc_pid_clear_refs(5). */
const RESET_PEAK = '5';

/** The resident memory of a process now, MB. */
export function residentMemory(pid) {
  return readStatus(pid).rss;
}

/**
 * Watches the resident memory of a process: the kernel's own mark of the peak where it lets us reset it, and besides a
 * look each 10 ms.
 *
 * @returns {() => number} ends it, and gives the peak since, MB.
 */
export function watchPeak(pid) {
  const isMarked = resetPeak(pid);
  let peak = 0;
  const look = () => {
    const { rss, highest } = readStatus(pid);
    peak = Math.max(peak, isMarked ? highest : rss);
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
    return true;
  } catch {
    return false; // a container may have /proc read-only; then the looks must do
  }
}

function readStatus(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const megabytes = (pattern) => Number(pattern.exec(text)[1]) / 1024;
  return { rss: megabytes(/^VmRSS:\s+(\d+)/m), highest: megabytes(/^VmHWM:\s+(\d+)/m) };
}
