// Runs scripts with a time limit, until one is up while a section of this program holds the thread in an interrupt.
const vm = require('node:vm');
const { generateReport, registerSection } = require('guru-meditation');

const LIMIT_MS = 1000;
let due = Infinity;
let hit = false;

registerSection('holds', () => {
  if (due - performance.now() > 300) return 'too early';
  hit = true;
  while (performance.now() < due + 100);
  return 'too late';
});

function runScripts() {
  while (!hit) {
    due = performance.now() + LIMIT_MS;
    try {
      vm.runInThisContext('for (;;);', { timeout: LIMIT_MS });
    } catch (error) {
      if (hit) console.log(`ended by ${error.code}`);
    }
  }
  due = Infinity;
}

setInterval(() => {}, 1e6);
// The sentinel is ready once it has made a report.
generateReport().then(() => {
  console.log('ready');
  setTimeout(runScripts);
});
