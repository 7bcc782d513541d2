import type { ProcessNode } from '../report/schema.js';

/** A process with its descendants, and one line on what could not be read. */
export interface ProcessTree {
  tree: ProcessNode | null;
  problem: string | null;
}

/** Also bounds the depth, so that nothing that walks the tree recursively can overflow its stack. */
const MAX_PROCESSES = 1000;

/**
 * Makes the tree of `root` and its descendants out of the parent of each process. `describe` is called only for
 * those, parents first; where it returns `null` (the process ended meanwhile) the whole branch is left out, as its
 * children are no longer this one's.
 */
export function buildProcessTree(
  root: number,
  parents: ReadonlyMap<number, number>,
  describe: (pid: number) => ProcessNode | null,
): ProcessTree {
  const tree = describe(root);
  if (tree === null) return { tree: null, problem: `there is no process ${root}` };
  const children = groupByParent(parents);
  const queue = [tree];
  const seen = new Set([root]);
  for (const node of queue) {
    for (const pid of children.get(node.pid) ?? []) {
      if (seen.has(pid)) continue; // ids that were given out again while they were read can make a circle
      if (seen.size >= MAX_PROCESSES) {
        return { tree, problem: `more than ${MAX_PROCESSES} processes: the others are left out` };
      }
      seen.add(pid);
      const child = describe(pid);
      if (child === null) continue;
      node.children.push(child);
      queue.push(child);
    }
  }
  return { tree, problem: null };
}

/** Parent → children by id. */
function groupByParent(parents: ReadonlyMap<number, number>): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const [pid, ppid] of parents) {
    const siblings = children.get(ppid);
    if (siblings === undefined) children.set(ppid, [pid]);
    else siblings.push(pid);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a - b);
  return children;
}

/** The words that the kernel itself uses in `/proc/PID/status`, and BSD's where they differ. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
  X: 'dead',
  I: 'idle',
  P: 'parked',
  U: 'uninterruptible wait',
};

/** `S` → `S (sleeping)`. */
export function stateWithWord(letter: string): string {
  const word = STATE_WORDS[letter];
  return word === undefined ? letter : `${letter} (${word})`;
}
