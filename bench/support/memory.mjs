import { readFileSync } from 'node:fs';

const KINDS = { rss: /^Rss:\s+(\d+)/m, pss: /^Pss:\s+(\d+)/m, own: /^Private_Dirty:\s+(\d+)/m };

/**
 * What a process holds in memory, MB: `rss` all that is resident; `pss` with its share only of what several processes
 * map; `own` what no other process has and no file gives back.
 */
export function readMemory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return Object.fromEntries(
    Object.entries(KINDS).map(([kind, pattern]) => [kind, Number(pattern.exec(text)[1]) / 1024]),
  );
}
