import type { MachineLayout } from './machine-layout.js';
import type { StackCopy } from './stack-copy.js';
import type { ThreadTop } from './thread-top.js';

/** A frame of V8's on a machine stack, innermost first. */
export interface MachineFrame {
  /** `function`: of a JSFunction; `exit`: of a call out of JavaScript; `continuation`: of a builtin after deoptimisation. */
  kind: 'function' | 'exit' | 'continuation';
  /** The frame pointer. */
  fp: number;
  /** Where in its code the frame goes on when what it has called returns; 0 of exit frames. */
  pc: number;
  /** V8's number of the frame's type; -1 where it has none. */
  type: number;
  /** Called by `new`. */
  constructs: boolean;
}

export type StackWalk = { frames: MachineFrame[] } | { reason: string };

/** 64 MB of frames of three words each have this many. */
const MAX_STEPS = 3_000_000;
/** From an entry frame's handler to its frame pointer: 88 bytes (V8 11.3, 12.4), 104 (13.6, 14.6). */
const HANDLER_FROM = 64;
const HANDLER_TO = 160;
/** Numbers of frame types are below this, as words of memory twice as much. */
const LAST_TYPE = 1024;

/**
 * The frames that are linked to each other, from the innermost exit frame out to where JavaScript was entered first.
 *
 * V8's own code keeps frame pointers throughout, the C++ between an exit and the entry inside of it does not: there the
 * entry frame has the exit frame. All or nothing: each link is checked (addresses ascend, types are known, handlers lie
 * in the entry frames and are linked alike, the last entry is the one that V8 has noted), and what is not linked is not
 * a frame, whatever it looks like.
 */
export function walkStack(stack: StackCopy, top: ThreadTop, layout: MachineLayout): StackWalk {
  const { frames: offsets, types } = layout;
  const frames: MachineFrame[] = [];
  let handler = top.handler;
  let handlerDistance = 0;
  let exit = top.exitFrame;
  let last = 0;
  for (let steps = 0; steps < MAX_STEPS;) {
    const exitType = typeOf(stack.word(exit + offsets.contextOrType));
    if (exit <= last || exit % 8 !== 0 || !types.exits.has(exitType)) return broken(exit, 'no exit frame');
    frames.push({ kind: 'exit', fp: exit, pc: 0, type: exitType, constructs: false });
    last = exit;
    let pc = stack.word(exit + 8);
    let fp = stack.word(exit);
    for (; ; steps++) {
      if (steps >= MAX_STEPS) return broken(fp, 'too many frames');
      if (!(fp > last && fp <= top.jsEntry && fp % 8 === 0)) return broken(fp, 'no frame');
      last = fp;
      const marker = stack.word(fp + offsets.contextOrType);
      const type = typeOf(marker);
      if (types.entries.has(type)) break;
      const callee = frames.at(-1)!;
      if (type === -1) {
        // What stands there instead of a type is the function's context.
        if (marker % 8 !== 1) return broken(fp, 'neither a function nor a type');
        frames.push({ kind: 'function', fp, pc, type, constructs: false });
      } else if (types.constructs.has(type)) callee.constructs = true;
      else if (types.continuations.has(type))
        frames.push({ kind: 'continuation', fp, pc, type, constructs: false });
      else if (type === types.wasmEntry) return { reason: 'WebAssembly was called from native code' };
      else if (types.exits.has(type) || !types.all.has(type)) return broken(fp, 'an unknown type');
      pc = stack.word(fp + 8);
      fp = stack.word(fp);
    }
    const distance = fp - handler;
    if (!(distance >= HANDLER_FROM && distance <= HANDLER_TO)) return broken(fp, 'another handler');
    if (handlerDistance !== 0 && distance !== handlerDistance) return broken(fp, 'another handler');
    handlerDistance = distance;
    handler = stack.word(handler);
    exit = stack.word(fp + offsets.nextExit);
    if (exit !== 0) continue;
    if (fp !== top.jsEntry || handler !== 0) return broken(fp, 'not the outermost entry');
    return { frames };
  }
  return broken(exit, 'too many frames');
}

/** -1 if it is none. */
function typeOf(marker: number): number {
  return marker > 0 && marker % 2 === 0 && marker < 2 * LAST_TYPE ? marker / 2 : -1;
}

function broken(fp: number, what: string): { reason: string } {
  return { reason: `the frames are not linked as expected (${what} at 0x${fp.toString(16)})` };
}
