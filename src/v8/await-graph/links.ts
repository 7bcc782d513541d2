import type { Via } from './await-graph.js';
import { IntList } from './int-list.js';

/** Which links a vertex has: those of vertex `v` are `links[first[v]]` up to, not including, `links[first[v + 1]]`, in their order. */
export interface Adjacency {
  readonly first: Int32Array;
  readonly links: Int32Array;
}

/** Steps from promises to what waits for them: other promises, or generators. All by vertices; a link is an index of the lists. */
export class Links {
  readonly from = new IntList(1024);
  readonly to = new IntList(1024);
  readonly via: (Via | null)[] = [];

  get length(): number {
    return this.from.length;
  }

  add(from: number, to: number, how: Via | null): void {
    this.from.push(from);
    this.to.push(to);
    this.via.push(how);
  }

  /** It leads from nowhere to nowhere then. The others keep their indices. */
  remove(link: number): void {
    this.from.set(link, -1);
    this.to.set(link, -1);
  }

  /** The links that there are by now, by the vertex where they end. @param count of the vertices */
  byEnd(count: number): Adjacency {
    return group(this.to.values, count);
  }

  /** The links that there are by now, by the vertex where they begin. */
  byStart(count: number): Adjacency {
    return group(this.from.values, count);
  }
}

function group(ends: Int32Array, count: number): Adjacency {
  const first = new Int32Array(count + 1);
  for (let link = 0; link < ends.length; link++) if (ends[link] !== -1) first[ends[link]! + 1]!++;
  for (let vertex = 0; vertex < count; vertex++) first[vertex + 1]! += first[vertex]!;
  const next = first.slice();
  const links = new Int32Array(ends.length);
  for (let link = 0; link < ends.length; link++) if (ends[link] !== -1) links[next[ends[link]!]!++] = link;
  return { first, links };
}
