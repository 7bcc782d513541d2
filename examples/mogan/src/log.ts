/** Where a process of mogan says what it does: lines on stderr. */
export interface Log {
  debug: (line: string) => void;
  info: (line: string) => void;
  warn: (line: string) => void;
}

export function createLog(service: string, withDebug: boolean): Log {
  const write = (level: string, line: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${process.pid} ${level} ${service} ${line}\n`);
  };
  return {
    debug: (line) => (withDebug ? write('DEBUG', line) : undefined),
    info: (line) => write('INFO', line),
    warn: (line) => write('WARNING', line),
  };
}
