/**
 * Whether the code that an inspector interrupt came into is in `Atomics.wait` (or WebAssembly's instruction for the same):
 * there the thread must not be made to wait once more. V8 11.3 (Node 20.20) then has the thread twice in a list in which it
 * can be but once, and the process aborts with `free(): invalid pointer`, each time. It was not seen on 22.23, 24.21 and
 * 26.10.
 *
 * Runs in the thread that is looked at, as source text: it uses nothing from outside of itself. `true` if it cannot be told.
 */
export function insideAtomicsWait(): boolean {
  const innermost = 50; // an interrupt is right above what it came into
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const put = (name: string, value: unknown): void => {
    Object.defineProperty(Error, name, { value, writable: true, enumerable: true, configurable: true });
  };
  const putBack = (name: string, before: PropertyDescriptor | undefined): void => {
    if (before) Object.defineProperty(Error, name, before);
    else Reflect.deleteProperty(Error, name);
  };
  let inside = true;
  try {
    put('stackTraceLimit', innermost);
    put('prepareStackTrace', (_error: Error, sites: NodeJS.CallSite[]) => {
      inside = sites.some((site) => {
        const file = site.getFileName() || site.getScriptNameOrSourceURL() || site.getEvalOrigin();
        // Not by the text, which is `Atomics.wait` only if it was called as a method.
        return file ? file.startsWith('wasm:') : site.getFunctionName() === 'wait';
      });
      return '';
    });
    const holder = { stack: '' };
    Error.captureStackTrace(holder);
    void holder.stack; // the CallSites are made on first access
  } catch {
    // Error is locked: nobody knows, then.
  } finally {
    try {
      putBack('prepareStackTrace', prepare);
      putBack('stackTraceLimit', limit);
    } catch {
      // Locked before we came, so nothing was changed either.
    }
  }
  return inside;
}
