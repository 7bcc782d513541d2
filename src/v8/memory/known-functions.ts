import { AsyncLocalStorage } from 'node:async_hooks';
import type { KnownObjects } from './known-objects.js';
import { runKnownScript } from './known-script.js';

/**
 * Suspended functions of which all is known, in the thread that calls this: a reader of memory must find exactly this
 * before anything else that it finds is believed. What is expected comes from V8 itself, as far as it can tell: from the
 * asynchronous part of the stack of an Error.
 */
export interface KnownFunctions {
  /** What V8 says of the functions that wait for {@link guruKnownInner}: of `chain`, innermost first. */
  expected: readonly KnownFrame[];
  /** The same of the function that waits in the first line of the known script, and that is to be moved by its offsets. */
  inFirstLine: readonly KnownFrame[];
  /** Lets them end. */
  release(): void;
}

export interface KnownFrame {
  /** As in V8's stack traces. */
  functionName: string;
  script: string;
  /** 1-based. */
  line: number;
  column: number;
  /** Of `Promise.all`, which stands for a frame of its own; otherwise `null`. */
  promiseIndex: number | null;
}

const storage = new AsyncLocalStorage<object>();

/** Suspends them. Resolves when they are suspended. */
export async function suspendKnownFunctions(objects: KnownObjects): Promise<KnownFunctions> {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const expected = await new Promise<KnownFrame[]>((report) => {
    storage.run(objects.store, () => {
      void new GuruKnown().guruKnownOuter(released, report);
      void guruKnownSyncIterator(released);
    });
    void guruKnownAnchor(objects, released);
  });
  const inFirstLine = await new Promise<KnownFrame[]>((report) => {
    const reportStack = (): void => report(readAsyncStack());
    objects.script = runKnownScript(released, reportStack, objects.store, objects.other);
  });
  // The inner functions wait from their next steps on.
  for (let step = 0; step < SETTLING_STEPS; step++) await Promise.resolve();
  return {
    expected,
    inFirstLine,
    release: () => {
      release();
      objects.script?.plain.return(undefined);
      void objects.script?.yielding.return(undefined);
    },
  };
}

/** More than any of them takes until it waits. */
const SETTLING_STEPS = 10;

/** Holds the objects in its registers. */
export async function guruKnownAnchor(objects: KnownObjects, released: Promise<void>): Promise<KnownObjects> {
  await released;
  return objects;
}

class GuruKnown {
  async guruKnownOuter(released: Promise<void>, report: (stack: KnownFrame[]) => void): Promise<void> {
    for (const label of ['first'])
      if (label !== '') await Promise.all([released, this.guruKnownMiddle(released, report)]);
  }

  async guruKnownMiddle(released: Promise<void>, report: (stack: KnownFrame[]) => void): Promise<void> {
    for await (const one of guruKnownGenerator(released, report)) if (one === released) return;
  }
}

async function* guruKnownGenerator(
  released: Promise<void>,
  report: (stack: KnownFrame[]) => void,
): AsyncGenerator {
  yield await guruKnownInner(released, report);
}

export async function guruKnownInner(
  released: Promise<void>,
  report: (stack: KnownFrame[]) => void,
): Promise<void> {
  await Promise.resolve();
  report(readAsyncStack());
  await released;
}

/** `for await` over what is no async iterator: one more builtin stands between the promise and the function. */
export async function guruKnownSyncIterator(released: Promise<void>): Promise<void> {
  // oxlint-disable-next-line typescript/await-thenable -- that is the point
  for await (const one of [released]) if (one !== undefined) return;
}

/** The functions below the caller that wait for it, as V8 has them. */
function readAsyncStack(): KnownFrame[] {
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let frames: KnownFrame[] = [];
  try {
    Error.prepareStackTrace = (_error, sites) => {
      frames = sites.flatMap((site) => {
        const text = (site as unknown as { toString(): string }).toString();
        if (!text.startsWith('async ')) return [];
        const end = text.lastIndexOf(' (');
        return [
          {
            functionName: end === -1 ? '' : text.slice('async '.length, end),
            script: site.getFileName() ?? '',
            line: site.getLineNumber() ?? 0,
            column: site.getColumnNumber() ?? 0,
            promiseIndex: (site as unknown as { getPromiseIndex(): number | null }).getPromiseIndex(),
          },
        ];
      });
      return '';
    };
    void new Error('never seen').stack;
  } finally {
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare);
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
  }
  return frames;
}
