// A section that never comes.
const { registerSection, setupAutorun } = require('guru-meditation');

setupAutorun();
registerSection('slow', () => {
  console.log('asked');
  return new Promise(() => {});
});
setInterval(() => {}, 1e6);
console.log('ready');
