/** What is read is not what is there. */
export class Mismatch extends Error {}
