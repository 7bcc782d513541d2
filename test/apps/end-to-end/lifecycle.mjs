// Does what its first argument says with its life; set up in code or by a flag.
import { writeSync } from 'node:fs';
import { registerSection, setupAutorun } from 'guru-meditation';

const [what, ...args] = process.argv.slice(2);
const sentinels = [];
process.on('worker', (worker) => sentinels.push(worker));
const keepAlive = () => setInterval(() => {}, 1e6);
const say = (text) => console.log(text);

const programs = {
  // Nothing keeps it alive.
  end() {
    setupAutorun();
    say('ready');
  },
  // Takes the signal before anything else can have happened, then blocks.
  'signal at once'() {
    setupAutorun();
    process.kill(process.pid, 'SIGUSR2');
    const end = performance.now() + 300;
    while (performance.now() < end);
    say('ready');
    keepAlive();
  },
  'own listener'() {
    process.on('SIGUSR2', () => say('the application saw it'));
    setupAutorun();
    keepAlive();
    say('ready');
  },
  'remove all listeners'() {
    setupAutorun();
    setTimeout(async () => {
      // Once the sentinel has made a report it surely receives the signal itself.
      const { generateReport } = await import('guru-meditation');
      await generateReport();
      process.removeAllListeners('SIGUSR2');
      say('ready');
    });
    keepAlive();
  },
  // Ends its sentinel whenever it gets SIGHUP.
  'kill sentinel'() {
    setupAutorun();
    process.on('SIGHUP', async () => {
      await sentinels.at(-1).terminate();
      say(`terminated ${sentinels.length}`);
    });
    keepAlive();
    say('ready');
  },
  // Exits while a report is under way: a section tells when.
  'exit in report'() {
    setupAutorun();
    registerSection('exits', () => {
      setImmediate(() => process.exit(5));
      return new Promise(() => {});
    });
    keepAlive();
    say('ready');
  },
  // Exits from within an inspector interrupt's aftermath: the loop is blocked, then exits at a random moment.
  'spin and exit'() {
    setupAutorun();
    say('ready');
    setTimeout(() => {
      const end = performance.now() + Number(args[0]);
      while (performance.now() < end);
      process.exit(5);
    }, 50);
  },
  // Has work to do at its exit, after the listener of ours.
  'exit slowly'() {
    setupAutorun();
    process.on('exit', () => {
      writeSync(1, 'exiting\n');
      const end = performance.now() + 300;
      while (performance.now() < end);
    });
    say('ready');
    setTimeout(() => process.exit(5), 50);
  },
  reconfigure() {
    const first = setupAutorun({ serviceName: 'first' });
    const second = setupAutorun({ serviceName: 'second', signal: 'SIGHUP' });
    first.dispose(); // does nothing: the second has taken over
    process.on('SIGUSR2', () => say('SIGUSR2 is the application\'s again'));
    process.on('SIGTERM', () => {
      second.dispose();
      second.dispose();
      say('disposed');
    });
    keepAlive();
    say('ready');
  },
};
programs[what]();
