// Plants strings of all kinds in its heap, then writes its heap snapshot to the file that its argument names.
'use strict';
const { closeSync, openSync, writeSync } = require('node:fs');
const { Session } = require('node:inspector');

const texts = [
  'planted \u0000\u0001\b\t\n\v\f\r\u001b\u001f\u007f controls',
  'planted "quotes" and \\back\\slashes\\',
  'planted \\u0041 \\n no escapes',
  'planted é ÿ latin1',
  'planted € ☃ 漢字 two-byte',
  'planted \u{1f600}\u{10ffff} emoji',
  'planted \ud83d lone \ude00 surrogates \ud800',
  'planted \u2028\u2029\ufeff\ufffe\uffff specials',
  'planted ' + 'long '.repeat(20_000),
  'planted ' + 'long \u{1f600} "\\\n'.repeat(10_000),
  '',
];
// As values, as names of properties, of functions, of classes and of variables in a context.
globalThis.planted = texts.map((text) => ({ text, [text]: { [text]() {} } }));
globalThis.plantedInside = { cons: texts.join('|') + Math.random(), sliced: texts.join('').slice(3, 5000) };
globalThis.plantedSymbol = texts.map((text) => Symbol(text));
globalThis.plantedElements = [, 'planted element', , { ten: 10n, float: 1.5 }];
globalThis.plantedElements[4_000_000_000] = 'planted far element';
class Planted {
  #secret = 'planted secret';
  async wait() {
    // Were it not to be settled by something alive, all of this would be garbage.
    await new Promise((resolve) => (globalThis.plantedResolve = resolve));
    return this.#secret;
  }
}
globalThis.plantedWait = new Planted();
globalThis.plantedWaiting = globalThis.plantedWait.wait();

const session = new Session();
session.connect();
const file = openSync(process.argv[2], 'w');
session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => writeSync(file, params.chunk));
session.post('HeapProfiler.takeHeapSnapshot', { exposeInternals: true, reportProgress: false }, (error) => {
  if (error) throw new Error(JSON.stringify(error));
  closeSync(file);
  session.disconnect();
});
