// Set up in code; switches its socket off on SIGHUP, and on again on the next.
import { setupAutorun } from 'guru-meditation';

let socket = true;
setupAutorun({ socket });
process.on('SIGHUP', () => {
  socket = !socket;
  setupAutorun({ socket });
  console.log(`socket ${socket}`);
});
setInterval(() => {}, 1e6);
console.log('ready');
