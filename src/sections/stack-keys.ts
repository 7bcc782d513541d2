import type { Place } from '../v8/await-graph/await-graph.js';
import type { StackBranch } from '../v8/await-graph/stacks.js';

/** Tells stacks apart: those are alike that have the same key. */
export class StackKeys {
  /** Places are mostly the same objects, the texts of which need not be made again. */
  readonly #texts = new Map<Place | null, { name: string; script: string; text: string }[]>();

  of({ frames, repeated, branches }: StackBranch): string {
    let key = repeated ? '*' : '';
    for (const { via, suspended } of frames) {
      for (const { kind, index, callback } of via)
        key += `${kind} ${index} ${callback === null ? '' : this.#text(callback.functionName, callback.script, callback.location)}`;
      if (suspended !== null) {
        const { functionName, script, position, confirmed } = suspended.point;
        key += this.#text(functionName, script, position) + (confirmed ? '' : '?');
      }
      key += ';';
    }
    if (branches.length === 0) return key;
    // What awaits it stands in no order of its own.
    return `${key}[${branches
      .map((branch) => this.of(branch))
      .sort()
      .join()}]`;
  }

  #text(name: string, script: string, place: Place | null): string {
    let texts = this.#texts.get(place);
    if (texts === undefined) this.#texts.set(place, (texts = []));
    let known = texts.find((one) => one.name === name && one.script === script);
    if (known === undefined) {
      const text = JSON.stringify([name, script, place?.line, place?.column]);
      texts.push((known = { name, script, text }));
    }
    return known.text;
  }
}
