/**
 * The report, version 1: plain JSON data, the same whether it was just made or was saved years ago.
 * Views take nothing else. Fields may be added; what stands here keeps its name and meaning.
 */
import type { JsonValue } from './json.js';

export const SCHEMA_VERSION = 1;

/** What stands in place of a secret. */
export const MASKED = '***';

export interface Report {
  schemaVersion: typeof SCHEMA_VERSION;
  /** Always `Guru Meditation` for reports of this library. */
  title: string;
  /** When the trigger was taken up, ISO 8601, UTC, milliseconds. */
  generatedAt: string;
  trigger: Trigger;
  process: ReportedProcess;
  timings: Timings;
  sections: Section[];
}

/** What asked for the report, and by which path it came. */
export interface Trigger {
  kind: 'signal' | 'file' | 'api' | 'cli' | 'watchdog';
  /** The signal's name, the file's path. */
  detail?: string;
  /**
   * The thread that took the trigger up. `sentinel`: its own thread, so a blocked event loop does not matter.
   * `main`: the main thread's handler, which had to wait until the event loop turned. `outside`: none of its threads, as
   * the report was made by another process.
   */
  receivedBy: 'sentinel' | 'main' | 'outside';
  /** Why `receivedBy` is `main` or `outside`, where the process has a sentinel that was meant to receive it. */
  reason?: string;
  /** How many more triggers this report answers: they came while another report was made, or right after. */
  coalesced?: number;
}

export interface ReportedProcess {
  pid: number;
  serviceName: string;
  hostname: string;
  /** As `process.version`: with the `v`. */
  nodeVersion: string;
}

/** Milliseconds, fractions kept. */
export interface Timings {
  /** From taking the trigger up to the report being complete; writing it is not included. */
  totalMs: number;
  /** How long the main thread was held up, all in all. `null` where it cannot be known. */
  mainThreadPauseMs: number | null;
}

/** `ok`: complete. `partial`: what there is, is true, but not everything. The others have no or little model. */
export type SectionStatus = 'ok' | 'partial' | 'failed' | 'timeout' | 'skipped';

/** The model of each kind of section. A view must render every one of them. */
export interface Models {
  package: PackageModel;
  threads: ThreadsModel;
  greenThreads: GreenThreadsModel;
  processes: ProcessNode;
  configuration: ConfigurationModel;
  /** A section that the program registered: any JSON data, a string being text to print as it is. */
  custom: JsonValue;
}

export type SectionKind = keyof Models;

export interface SectionOf<K extends SectionKind> {
  title: string;
  kind: K;
  status: SectionStatus;
  /** One line; present whenever `status` is not `ok`. */
  reason?: string;
  durationMs: number;
  /** `null` where nothing could be had. */
  model: Models[K] | null;
  /** What the section's own views made of the model, where it brought any; already masked. */
  views?: RenderedViews;
}

export type Section = { [K in SectionKind]: SectionOf<K> }[SectionKind];

/** The output of a registered section's own views. */
export interface RenderedViews {
  text?: string;
  xml?: XmlElement;
}

/** An XML element as data, so that whatever a section's view returns is well-formed once written. */
export interface XmlElement {
  name: string;
  attributes?: Record<string, string | number | boolean>;
  children?: (XmlElement | string)[];
}

export interface PackageModel {
  /** `null` where nobody said. */
  vendor: string | null;
  product: string | null;
  version: string | null;
  nodeVersion: string;
  v8Version: string;
  /** `linux`, `darwin`, `win32`, … as `process.platform`. */
  platform: string;
  /** As `process.arch`. */
  arch: string;
  /** Path of the node executable. */
  execPath: string;
  /** The main script, as given on the command line and made absolute; `null` in a REPL or `--eval`. */
  mainScript: string | null;
  cwd: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  uptimeSeconds: number;
}

export interface ThreadsModel {
  threads: Thread[];
}

export type ThreadKind = 'main' | 'worker' | 'sentinel' | 'libuv' | 'v8' | 'other';

/**
 * `idle`: waits for events. `running`: on CPU or ready to be. `blocked`: waits in the middle of its work
 * (a synchronous call, a lock). `unknown`: nothing could tell.
 */
export type ThreadState = 'idle' | 'running' | 'blocked' | 'unknown';

export interface Thread {
  /** The operating system's thread id (as in `top -H`), else Node's; `null` where neither is known. */
  id: number | null;
  /** Node's thread id (0 is the main thread), for threads that run JavaScript. */
  threadId?: number;
  name: string;
  kind: ThreadKind;
  state: ThreadState;
  /** Innermost first. Empty for threads without JavaScript and for those that run none at the moment. */
  frames: Frame[];
  /** One line: why the frames are missing or cut short, what the thread did not answer. */
  note?: string;
  os?: OsThread;
}

/** What the kernel says of a thread. */
export interface OsThread {
  tid: number;
  /** The letter of `/proc/PID/task/TID/stat`: R, S, D, T, … */
  state: string;
  /** Milliseconds of CPU since the thread started. */
  cpu: { userMs: number; systemMs: number };
  /** The kernel function that the thread sleeps in. */
  waitChannel?: string;
  systemCall?: SystemCall;
}

/** The system call that a thread is in. */
export interface SystemCall {
  number: number;
  /** `null` where the number is not in our table. */
  name: string | null;
  /** The file descriptor that the call is about, where it is about one. */
  fd?: FileDescriptor;
  /** The path that the call is about, where it is about one that could be read: a FIFO whose `open` blocks. */
  path?: string;
}

/** What is behind a file descriptor. */
export interface FileDescriptor {
  fd: number;
  /** A path, `socket:[N]`, `pipe:[N]`, `anon_inode:[eventpoll]`, … as `/proc/PID/fd` has it. */
  target: string;
  /** For sockets that `/proc/net` knows: the protocol and both ends. */
  socket?: { protocol: string; local: string; remote: string; state: string };
}

/** One function call. Positions are 1-based and source-mapped where a map was at hand. */
export interface Frame {
  /** As V8 names it in stack traces (`Class.method [as alias]`, `new Foo`); `<anonymous>` where it has no name. */
  function: string;
  /** A path, or what V8 has in its place (`node:internal/timers`, `evalmachine.<anonymous>`, …). */
  file: string;
  /** `null` where V8 has no position (native functions). */
  line: number | null;
  column: number | null;
  sourceLine?: string;
  /** The frame is not on the machine's stack: an async function that awaits the frame above it. */
  async?: true;
  /** A function of V8 itself. */
  native?: true;
  /** Node's own JavaScript. */
  internal?: true;
  /** The place is where the function begins: where in it the function waits could not be asked in time. */
  approximate?: true;
  /** Where the position in the running script was, if a source map changed it. */
  generated?: { file: string; line: number; column: number };
}

/** The green threads of Node: suspended async functions and async generators. They have no ids. */
export interface GreenThreadsModel {
  /** How they were found: `memory`, in the process's own memory; `snapshot`, in V8 heap snapshots. */
  collector: 'snapshot' | 'memory';
  /** Where memory was not to be read, for all threads or some, and snapshots were taken: why, in one line. */
  fallback?: string;
  /** Suspended functions found, in all threads. */
  total: number;
  /** Stacks that are alike, the largest group first; those that are `abandoned` come behind the others. */
  groups: GreenThreadGroup[];
}

/**
 * Functions that await each other in the same way, innermost first; up to where one is awaited by several, or by none.
 * A function that waits for several others (`Promise.all`) is the outer end of a stack for each of them.
 */
export interface GreenThreadBranch {
  /** How many are alike; 1 where it is not said. */
  count?: number;
  frames: Frame[];
  /** What awaits the last of `frames`, where that is several. */
  awaitedBy?: GreenThreadBranch[];
  /** The last of `frames` stands in this tree already, with what awaits it: in a cycle, or where branches meet again. */
  repeated?: true;
}

export interface GreenThreadGroup extends GreenThreadBranch {
  /** How many stacks are alike. */
  count: number;
  /** Node's id of the thread; -1 where it could not be learnt. */
  threadId: number;
  /** What the innermost function waits for, in words; of members that differ, the commonest. */
  waitsFor?: string;
  /** What the application calls the request that it serves; of members that differ, the commonest. */
  label?: string;
  /** All of it is Node's own JavaScript: the text view leaves it out. */
  internal?: true;
  /** Nothing that still exists can settle what the innermost function waits for: it will never go on. */
  abandoned?: true;
  /** Where they differ: what each member waits for and serves, up to 100 of them. */
  members?: GreenThreadMember[];
}

export interface GreenThreadMember {
  waitsFor?: string;
  label?: string;
}

export interface ProcessNode {
  pid: number;
  ppid: number;
  /** `null` where the id has no name. */
  user: string | null;
  uid: number | null;
  /** The kernel's letter and word: `S (sleeping)`; `unknown` where nothing tells. */
  state: string;
  /** The argument vector; one element in square brackets where the kernel has none (`[kworker]`, zombies). */
  command: string[];
  /** ISO 8601, UTC. */
  startedAt?: string;
  children: ProcessNode[];
}

export interface ConfigurationModel {
  /** Group → option → value. Options of no group are in `default`. Groups and options are sorted by name. */
  groups: Record<string, Record<string, JsonValue>>;
}
