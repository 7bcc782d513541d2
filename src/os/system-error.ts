/** The `code` of an error of Node or of the system (`ENOENT`, `ERR_ACCESS_DENIED`, …), else `null`. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : null;
}

/**
 * An error of a system call in words for a line of text, `no such file or directory (ENOENT)`, without the call and the
 * path that Node's own message repeats. Other errors: their message's first line.
 */
export function describeSystemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, code, message } = error as NodeJS.ErrnoException;
  const known = typeof errno === 'number' ? systemErrors().get(errno) : undefined;
  if (known) return `${known[1]} (${known[0]})`;
  const line = message.split('\n', 1)[0] ?? '';
  return code === undefined ? line : `${line} (${code})`;
}

/**
 * Not by an import: from Node 22 on (seen on 22.23, 24.21 and 26.10), importing `node:util` from an ES module reads all its
 * properties, one of which opens `process.stderr`, which makes the application's descriptor 2 non-blocking.
 */
function systemErrors(): Map<number, [name: string, message: string]> {
  return process.getBuiltinModule('node:util').getSystemErrorMap();
}
