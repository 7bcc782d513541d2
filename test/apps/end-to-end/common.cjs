// A CommonJS application, set up in code with the options that it is given.
const { setupAutorun } = require('guru-meditation');

try {
  setupAutorun(JSON.parse(process.argv[2] ?? '{}'));
} catch (error) {
  console.log(`${error.name} ${error.code} ${error.message}`);
}
setInterval(() => {}, 1e6);
console.log('ready');
