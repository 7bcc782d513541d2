import type { GreenThreadGroup, GreenThreadsModel, Thread, ThreadsModel } from '../report/schema.js';
import type { FrameTable } from './frame-table.js';
import { ProcessCounts } from './process-counts.js';
import { type StackTree, addTree, stackTree, wholeCount } from './stack-tree.js';
import { Tally } from './tally.js';

export type StackKind = 'thread' | 'greenThread';

/** Stacks that are identical, in any number of reports. */
export interface StackGroup {
  kind: StackKind;
  /** The same in every merger that shares its {@link FrameTable}. */
  key: string;
  /** The frames; their `count` is how many stacks there are, over all reports. */
  tree: StackTree;
  /** In how many reports it is. */
  reports: number;
  processes: ProcessCounts;
  /** Of threads: `main`, `worker`, …; and `running`, `blocked`, … */
  threadKinds: Tally;
  states: Tally;
  /** Of green threads. */
  waitsFor: Tally;
  labels: Tally;
  /** All of it is Node's own JavaScript, as the reports say. */
  internal: boolean;
  /** Nothing can resume them any more. A stack that still can be is another one, with the same frames. */
  abandoned: boolean;
  /** The number of the last report that it was in. */
  lastReport: number;
}

/** Which report a model is from: its number, and that of its process. */
export interface Origin {
  report: number;
  process: number;
}

/** Groups the stacks of threads and green threads, one report after the other. */
export class StackMerger {
  readonly #frames: FrameTable;
  readonly #groups = new Map<string, StackGroup>();

  constructor(frames: FrameTable) {
    this.#frames = frames;
  }

  get groups(): ReadonlyMap<string, StackGroup> {
    return this.#groups;
  }

  /** Threads without frames, and this library's own, are none. */
  addThreads({ threads }: ThreadsModel, origin: Origin): void {
    for (const thread of threads) {
      if (thread.frames.length > 0 && thread.kind !== 'sentinel') this.#addThread(thread, origin);
    }
  }

  addGreenThreads({ groups }: GreenThreadsModel, origin: Origin): void {
    for (const group of groups) this.#addGreenThreads(group, origin);
  }

  #addThread({ frames, kind, state }: Thread, origin: Origin): void {
    const group = this.#add('thread', stackTree({ frames }, 1, this.#frames), origin, false);
    group.threadKinds.add(kind, 1);
    group.states.add(state, 1);
  }

  #addGreenThreads(branch: GreenThreadGroup, origin: Origin): void {
    const count = wholeCount(branch.count);
    const tree = stackTree(branch, count, this.#frames);
    const group = this.#add('greenThread', tree, origin, branch.abandoned === true);
    group.internal &&= branch.internal === true;
    const { members, waitsFor, label } = branch;
    if (members === undefined) {
      if (waitsFor !== undefined) group.waitsFor.add(waitsFor, count);
      if (label !== undefined) group.labels.add(label, count);
      return;
    }
    for (const member of members) {
      if (member.waitsFor !== undefined) group.waitsFor.add(member.waitsFor, 1);
      if (member.label !== undefined) group.labels.add(member.label, 1);
    }
  }

  #add(kind: StackKind, tree: StackTree, { report, process }: Origin, abandoned: boolean): StackGroup {
    const key = `${kind === 'thread' ? 't' : abandoned ? 'a' : 'g'}${tree.key}`;
    const { count } = tree;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = newGroup(kind, key, tree, abandoned);
      this.#groups.set(key, group);
    } else {
      addTree(group.tree, tree);
    }
    if (group.lastReport !== report) group.reports++;
    group.lastReport = report;
    group.processes.add(process, count);
    return group;
  }
}

function newGroup(kind: StackKind, key: string, tree: StackTree, abandoned: boolean): StackGroup {
  return {
    kind,
    key,
    tree,
    reports: 0,
    processes: new ProcessCounts(),
    threadKinds: new Tally(),
    states: new Tally(),
    waitsFor: new Tally(),
    labels: new Tally(),
    internal: kind === 'greenThread',
    abandoned,
    lastReport: -1,
  };
}
