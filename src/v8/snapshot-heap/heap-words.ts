import type { HeapGraph } from '../heap-graph.js';

/** A heap with the edges that V8 names, looked up by their names. -1 stands for "no such node". */
export class HeapWords {
  readonly heap: HeapGraph;
  readonly internal: number;
  readonly property: number;
  readonly hidden: number;
  readonly element: number;
  readonly context: number;
  readonly weak: number;
  readonly closureType: number;
  readonly objectType: number;
  readonly stringType: number;
  readonly numberType: number;
  readonly #numbers = new Map<string, number>();
  readonly #builtins = new Map<number, string>();

  constructor(heap: HeapGraph) {
    this.heap = heap;
    this.internal = heap.edgeTypeNumber('internal');
    this.property = heap.edgeTypeNumber('property');
    this.hidden = heap.edgeTypeNumber('hidden');
    this.element = heap.edgeTypeNumber('element');
    this.context = heap.edgeTypeNumber('context');
    this.weak = heap.edgeTypeNumber('weak');
    this.closureType = heap.nodeTypeNumber('closure');
    this.objectType = heap.nodeTypeNumber('object');
    this.stringType = heap.nodeTypeNumber('string');
    this.numberType = heap.nodeTypeNumber('number');
  }

  number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.heap.stringNumber(text)));
    return number;
  }

  /** Where the edge of that type and name leads. */
  named(node: number, type: number, name: string): number {
    const number = this.number(name);
    if (number === -1) return -1;
    const { heap } = this;
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (heap.edgeType(edge) === type && heap.edgeName(edge) === number) return heap.edgeTarget(edge);
    }
    return -1;
  }

  slot(node: number, name: string): number {
    return this.named(node, this.internal, name);
  }

  prop(node: number, name: string): number {
    return this.named(node, this.property, name);
  }

  /** The targets of the edges of one type, or of all, in their order. */
  targets(node: number, type?: number): number[] {
    const { heap } = this;
    const found: number[] = [];
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (type === undefined || heap.edgeType(edge) === type) found.push(heap.edgeTarget(edge));
    }
    return found;
  }

  /** The first hidden edge's target that has this name. */
  hiddenNamed(node: number, name: string): number {
    const { heap, hidden } = this;
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (heap.edgeType(edge) === hidden && heap.nodeName(heap.edgeTarget(edge)) === name) {
        return heap.edgeTarget(edge);
      }
    }
    return -1;
  }

  isClosure(node: number): boolean {
    return this.heap.nodeType(node) === this.closureType;
  }

  isObject(node: number): boolean {
    return this.heap.nodeType(node) === this.objectType;
  }

  /**
   * The name of V8's builtin that a function runs, empty for functions with a script.
   * Its code is called `(NAME builtin handle)` in 20.20, `(NAME builtin code)` in 22.23, 24.21 and 26.10; functions
   * that were not compiled yet have the code of CompileLazy or the interpreter, so a script decides.
   */
  builtin(closure: number): string {
    const code = this.slot(closure, 'code');
    if (code === -1) return '';
    let name = this.#builtins.get(code);
    if (name === undefined) {
      name = /^\((\w+) builtin(?: \w+)?\)$/.exec(this.heap.nodeName(code))?.[1] ?? '';
      if (NOT_OF_ITS_OWN.test(name)) name = '';
      this.#builtins.set(code, name);
    }
    return name;
  }

  /** Text of a string; a number's in decimal (it needs `captureNumericValue`); `true`, `false`. `null` of all else. */
  primitive(node: number): string | null {
    if (node === -1) return null;
    const { heap } = this;
    const type = heap.nodeType(node);
    if (type === this.stringType) return heap.nodeName(node);
    if (type === this.numberType) {
      const value = this.slot(node, 'value');
      return value === -1 ? null : heap.nodeName(value);
    }
    return null;
  }
}

const NOT_OF_ITS_OWN = /^(?:CompileLazy|Interpreter|Baseline|InstantiateAsm|Maglev|Turbofan|Debug)/;
