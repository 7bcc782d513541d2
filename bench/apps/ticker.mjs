// Looks at the clock each millisecond and tells its parent, when asked, the longest time that it could not, and the
// longest apart from the garbage collections in it.
import { performance, PerformanceObserver } from 'node:perf_hooks';

/** Shorter times count as this one, so that not each tick must be kept; ms. */
const LEAST_MS = 2;

let last = performance.now();
let longest = { start: last, end: last };
/** Since it was last asked: V8's garbage collections, and the times in which this could not look; ms. */
let collections = [];
let gaps = [];

const observer = new PerformanceObserver((list) => note(list.getEntries()));
observer.observe({ entryTypes: ['gc'] });

function note(entries) {
  for (const { startTime, duration } of entries)
    collections.push({ start: startTime, end: startTime + duration });
}

function look() {
  const now = performance.now();
  const gap = { start: last, end: now };
  if (length(gap) > length(longest)) longest = gap;
  if (length(gap) >= LEAST_MS) gaps.push(gap);
  last = now;
}

function length({ start, end }) {
  return end - start;
}

/** How long it was without the collections in it. */
function withoutCollections(gap) {
  let ms = length(gap);
  for (const { start, end } of collections)
    ms -= Math.max(0, Math.min(end, gap.end) - Math.max(start, gap.start));
  return ms;
}

setInterval(look, 1);
process.on('message', () => {
  look();
  // Node hands entries of collections over in an immediate of its own, which comes before this one (20.20 to 26.10).
  setImmediate(() => {
    note(observer.takeRecords());
    const outsideGc = Math.max(0, ...gaps.map(withoutCollections));
    const least = Math.min(LEAST_MS, length(longest));
    process.send({ longest: length(longest), outsideGc: Math.max(outsideGc, least) });
    collections = [];
    gaps = [];
    last = performance.now();
    longest = { start: last, end: last };
  });
});
console.log('ready');
