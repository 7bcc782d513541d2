// Set up in code; disposes of it on SIGHUP, and ends on SIGINT.
import { setupAutorun } from 'guru-meditation';

const handle = setupAutorun({ serviceName: 'disposes' });
process.on('SIGHUP', () => {
  handle.dispose();
  console.log('disposed');
});
process.on('SIGINT', () => process.exit(0));
setInterval(() => {}, 1e6);
console.log('ready');
