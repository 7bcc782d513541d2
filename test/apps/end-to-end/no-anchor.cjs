// Loaded first: what this library keeps suspended in a thread, for a reader of its memory, cannot be made.
const vm = require('node:vm');
const { Script } = vm;
vm.Script = class extends Script {
  constructor(source, options) {
    if (options.filename === 'guru-meditation:anchor') throw new Error('not here');
    super(source, options);
  }
};
require('node:module').syncBuiltinESMExports();
