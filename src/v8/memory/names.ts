/**
 * Names of functions by where they begin, kept from the first pass to the second: V8 may have moved the text of a name by
 * then, while the function itself is in the copy.
 */
export class Names {
  readonly #byScript = new Map<number, Map<number, string>>();
  /**
   * SharedFunctionInfos of which neither the name could be read nor where they begin, though each has a script: what tells
   * it was gone by then.
   */
  readonly unreadable = new Set<number>();

  of(script: number, start: number): string | undefined {
    return this.#byScript.get(script)?.get(start);
  }

  note(script: number, start: number, name: string): void {
    let names = this.#byScript.get(script);
    if (!names) this.#byScript.set(script, (names = new Map()));
    names.set(start, name);
  }
}
