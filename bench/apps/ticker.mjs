// Looks at the clock each millisecond and tells its parent, when asked, the longest time that it could not.
import { performance } from 'node:perf_hooks';

let last = performance.now();
let longest = 0;
setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}, 1);
process.on('message', () => {
  const now = performance.now();
  process.send({ longest: Math.max(longest, now - last) });
  longest = 0;
  last = now;
});
console.log('ready');
