// A process manager of sorts: forks a service with its output captured, and passes what it prints on.
const { fork } = require('node:child_process');

const child = fork(`${__dirname}/idle.mjs`, { silent: true });
child.stderr.pipe(process.stderr);
child.stdout.once('data', () => console.log(`ready ${child.pid}`));
