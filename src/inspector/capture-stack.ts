import { type Cdp, evaluate } from './cdp.js';

/** One frame as the thread itself described it; positions are those of the running script, not source-mapped. */
export interface CapturedFrame {
  function: string;
  file: string | null;
  line: number | null;
  column: number | null;
  async: boolean;
  /** V8's own function. */
  native?: true;
  /** The place is where the function begins. */
  approximate?: true;
}

/** What a thread said of itself in an inspector interrupt. */
export interface CapturedStack {
  /** Innermost first; empty when the thread runs no JavaScript. */
  frames: CapturedFrame[];
  /** The stack was deeper than the limit. */
  cut: boolean;
  /** Node's thread id. */
  threadId: number | null;
  /** The operating system's thread id, where `/proc/thread-self` tells it. */
  tid: number | null;
  /** How long the capture held the thread up, ms, without the interrupt itself. */
  heldMs: number;
  /** Why `frames` could not be read. */
  problem: string | null;
}

/** Stacks deeper than this are cut: a runaway recursion has some ten thousand frames and no more to tell. */
export const MAX_FRAMES = 200;

/** The script name of what this library evaluates, so that its own frames can be told and dropped. */
export const CAPTURE_URL = 'guru-meditation:capture';

/**
 * Captures a thread's stack beneath an inspector interrupt: CallSites of an Error, so with `async` frames, without the
 * Debugger domain. Pending until the thread takes interrupts: bound it with `answerWithin`.
 */
export async function captureStack(cdp: Cdp): Promise<CapturedStack> {
  const expression = `(${describeOwnStack.toString()})(${MAX_FRAMES}, ${JSON.stringify(CAPTURE_URL)})\n//# sourceURL=${CAPTURE_URL}`;
  return (await evaluate(cdp, expression, CAPTURE_TIMEOUT_MS)) as CapturedStack;
}

const CAPTURE_TIMEOUT_MS = 1000;

/**
 * Runs in the thread that is looked at, as source text: it may use nothing from outside of itself.
 * What it changes of `Error` (V8 has no other way to CallSites with async frames) is put back before it returns.
 */
function describeOwnStack(maxFrames: number, ownUrl: string): CapturedStack {
  const started = process.hrtime();
  const result: CapturedStack = {
    frames: [],
    cut: false,
    threadId: null,
    tid: null,
    heldMs: 0,
    problem: null,
  };
  const describe = (site: NodeJS.CallSite): CapturedFrame => {
    // V8's own text has names in their full form (`new Foo`, `Foo.bar [as baz]`, `Promise.all (index 0)`).
    let name = (site as { toString(): string }).toString();
    const isAsync = name.startsWith('async ');
    if (isAsync) name = name.slice('async '.length);
    const file = site.getFileName() || site.getScriptNameOrSourceURL() || site.getEvalOrigin() || null;
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (!/^Promise\.\w+ \(index \d+\)$/.test(name)) {
      const place = ` (${site.getFileName() ?? ''}:${line}:${column})`;
      const end = name.endsWith(place) ? name.length - place.length : name.indexOf(' (');
      name = end > 0 && name.endsWith(')') ? name.slice(0, end) : (site.getFunctionName() ?? '');
    }
    return { function: name || '<anonymous>', file, line, column, async: isAsync };
  };
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let sites: NodeJS.CallSite[] | null = null;
  const put = (name: string, value: unknown): void => {
    Object.defineProperty(Error, name, { value, writable: true, enumerable: true, configurable: true });
  };
  const putBack = (name: string, before: PropertyDescriptor | undefined): void => {
    if (before) Object.defineProperty(Error, name, before);
    else Reflect.deleteProperty(Error, name);
  };
  try {
    put('stackTraceLimit', maxFrames + 5);
    put('prepareStackTrace', (_error: Error, callSites: NodeJS.CallSite[]) => {
      sites = callSites;
      return '';
    });
    const holder = { stack: '' };
    Error.captureStackTrace(holder);
    void holder.stack; // the CallSites are made on first access
  } catch (error) {
    result.problem = `Error's stack trace settings cannot be changed: ${String(error)}`;
  } finally {
    try {
      putBack('prepareStackTrace', prepare);
      putBack('stackTraceLimit', limit);
    } catch {
      // Locked before we came, so nothing was changed either; `problem` says so.
    }
  }
  if (sites !== null) {
    const frames = (sites as NodeJS.CallSite[]).map(describe).filter((frame) => frame.file !== ownUrl);
    result.cut = frames.length > maxFrames;
    result.frames = frames.slice(0, maxFrames);
  } else {
    result.problem ??= 'V8 gave no stack';
  }
  try {
    result.threadId = process.getBuiltinModule('worker_threads').threadId;
    const self = process.getBuiltinModule('fs').readlinkSync('/proc/thread-self');
    const tid = /\/task\/(\d+)$/.exec(self);
    if (tid) result.tid = Number(tid[1]);
  } catch {
    // No /proc, or the permission model forbids it: the thread stays without its id.
  }
  const [seconds, nanoseconds] = process.hrtime(started);
  result.heldMs = seconds * 1e3 + nanoseconds / 1e6;
  return result;
}
