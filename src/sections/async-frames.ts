import type { Frame } from '../report/schema.js';
import { describeFrame } from '../source/describe-frame.js';
import type { SourceMapper } from '../source/source-map.js';
import type { SourceReader } from '../source/source-reader.js';
import type { Via } from '../v8/await-graph/await-graph.js';
import type { StackFrame } from '../v8/await-graph/stacks.js';

/** How the positions and scripts of a thread's functions become frames. */
export interface FrameSources {
  reader: SourceReader;
  mapper: SourceMapper;
}

/** Frames of one place are made once: reading source lines and maps is the dear part. */
export function cacheFrames({ reader, mapper }: FrameSources): (frame: StackFrame) => Frame[] {
  const cache = new Map<string, Frame>();
  const at = (name: string, script: string, line: number | null, column: number | null): Frame => {
    const key = JSON.stringify([name, script, line, column]);
    let frame = cache.get(key);
    if (!frame) {
      const captured = { function: name, file: script || null, line, column, async: true };
      cache.set(key, (frame = describeFrame(captured, reader, mapper)));
    }
    return frame;
  };
  return ({ via, suspended }) => {
    const frames = via.flatMap((one) => viaFrames(one, at));
    if (suspended) {
      const { functionName, script, position, confirmed } = suspended.point;
      const frame = at(functionName, script, position?.line ?? null, position?.column ?? null);
      frames.push(confirmed ? frame : { ...frame, approximate: true });
    }
    return frames;
  };
}

function viaFrames(
  via: Via,
  at: (name: string, script: string, line: number | null, column: number | null) => Frame,
): Frame[] {
  switch (via.kind) {
    case 'Promise.all':
    case 'Promise.allSettled':
    case 'Promise.any':
      return [native(via.index === null ? via.kind : `${via.kind} (index ${via.index})`)];
    case 'Promise.race':
    case 'new Promise':
      return [native(via.kind)];
    case 'then':
    case 'catch':
    case 'finally':
    case 'resolve': {
      const name = via.kind === 'resolve' ? 'resolve of a promise, held by' : `Promise.${via.kind}`;
      const { callback } = via;
      if (!callback) return [native(`Promise.${via.kind}`)];
      const { functionName, script, location } = callback;
      return [at(`${name} ${functionName}`, script, location?.line ?? null, location?.column ?? null)];
    }
  }
}

function native(name: string): Frame {
  return { function: name, file: '<native>', line: null, column: null, async: true, native: true };
}
