// Set up, registers a section, and is signalled before its sentinel can have been loaded.
import { registerSection, setupAutorun } from 'guru-meditation';

setupAutorun();
registerSection('Early', () => 'here');
const end = performance.now() + 400;
let sent = false;
// The sentinel's signal wrap is up before its program is loaded: signal in between, over and over.
while (performance.now() < end) {
  if (!sent && performance.now() > end - 380) {
    process.kill(process.pid, 'SIGUSR2');
    sent = true;
  }
}
console.log('ready');
setInterval(() => {}, 1e6);
