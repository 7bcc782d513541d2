// Has secrets wherever a process can have some, and stays at a line with one of them. Those on the command line and in
// the environment are given by the test.
const { spawn } = require('node:child_process');
const { registerSection, setupAutorun } = require('guru-meditation');

setupAutorun({ mask: { patterns: [/launch code \d+/] } });
registerSection('Secrets', () => ({
  password: 's3cr3t-section',
  nested: [{ authToken: 's3cr3t-token' }],
  url: 'amqp://mogan:s3cr3t-amqp@rabbit:5672/',
  text: 'curl -H "Authorization: Bearer s3cr3t.bearer.token" https://x/?api_key=s3cr3t-query',
  note: 'launch code 4711',
}));
registerSection('As text', () => 'password=s3cr3t-text\nlaunch code 4711');
const child = spawn('sh', ['-c', 'sleep 300; true', 'mogan-job', '--password', 's3cr3t-child', '--db=mysql://u:s3cr3t-db@h/x'], {
  stdio: 'ignore',
  env: { TOKEN: 's3cr3t-child-env' },
});
child.once('spawn', () => {
  console.log('ready');
});

const login = (options, next) => next();
setTimeout(function wait() {
  login({ password: 's3cr3t-source' }, function stay() { // @stay
    for (;;);
  });
}, 500);
