/** V8 begins to collect garbage once so much more lies outside of its heap than after the last time (20.20 to 26.12). */
const COLLECTED_BYTES = 64 << 20;

/**
 * Has V8 collect what is garbage by now, on threads of its own for the most part: as much address space is taken, and let go of. Where V8
 * is collecting already it goes on with that, which may leave what has become garbage since.
 */
export function beginCollection(): void {
  try {
    void new ArrayBuffer(COLLECTED_BYTES + 1);
  } catch {
    // There is too little of it: V8 has collected garbage already.
  }
}
