// Registers sections before the set-up and after it; takes some out and adds one on SIGHUP. Prints, as JSON, what
// registerSection says of wrong arguments.
import { generateReport, registerSection, setupAutorun } from 'guru-meditation';

const mistakes = [
  [],
  ['', () => 1],
  ['   ', () => 1],
  [7, () => 1],
  [null, () => 1],
  ['x'],
  ['x', 'no function'],
  ['x', {}],
  ['x', () => 1, { views: { text: 'no function' } }],
  ['x', () => 1, { views: { xml: {} } }],
  ['x', () => 1, null],
  ['x', () => 1, { views: 'text' }],
];
const said = mistakes.map((args) => {
  try {
    registerSection(...args)();
    return 'nothing';
  } catch (error) {
    return [error.name, error.code, error.message];
  }
});
console.log(JSON.stringify(said));

const removeBefore = registerSection('before', () => 'first');
setupAutorun();
registerSection('after', () => 'after');
const removeFirst = registerSection('same title', () => 'first');
registerSection('same title', () => 'second');
registerSection('gone', () => 'gone')();
await generateReport();

process.on('SIGHUP', () => {
  for (const remove of [removeBefore, removeFirst, removeFirst]) remove();
  registerSection('late', () => 'late', { views: {} });
  console.log('changed');
});
setInterval(() => {}, 1e6);
console.log('ready');
