// A module that waits, for positions.mjs.
const before = 1;
globalThis.inModule = () => before;
export const value = before + (await globalThis.enter());
