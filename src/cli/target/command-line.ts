/** The command line of a Node process, taken apart as Node does it. */
export interface SplitCommandLine {
  /** Options of Node itself. */
  execArgv: string[];
  /** As given; `null` where there is none (`--eval`, standard input, a REPL). */
  script: string | null;
  /** What follows the script. */
  args: string[];
}

/**
 * Options whose value may be the next argument. Node takes any option's value so, but only these are common: of the
 * others it is written with `=`.
 */
const WITH_VALUE = new Set(
  `-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists
  --input-type --inspect-port --debug-port --title --max-http-header-size --icu-data-dir --openssl-config
  --disable-warning --redirect-warnings --trace-event-categories --trace-event-file-pattern --unhandled-rejections
  --dns-result-order --diagnostic-dir --report-dir --report-directory --report-filename --report-signal
  --heapsnapshot-signal --secure-heap --secure-heap-min --stack-trace-limit --tls-cipher-list --tls-keylog
  --v8-pool-size --experimental-default-type --watch-path --localstorage-file --cpu-prof-dir --cpu-prof-name
  --heap-prof-dir --heap-prof-name --experimental-config-file --network-family-autoselection-attempt-timeout`.split(
    /\s+/,
  ),
);

/** Options after which there is no script. Their value is the next argument. */
const EVALUATES = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/** @param command the argument vector, the executable first */
export function splitCommandLine(command: readonly string[]): SplitCommandLine {
  let at = 1;
  let evaluates = false;
  while (at < command.length) {
    const argument = command[at]!;
    if (argument === '--') {
      at++;
      break;
    }
    if (argument === '-' || !argument.startsWith('-')) break;
    at++;
    if (EVALUATES.has(argument)) evaluates = true;
    if (/^--(?:eval|print)=/.test(argument)) evaluates = true;
    else if (EVALUATES.has(argument) || WITH_VALUE.has(argument)) at++;
  }
  const execArgv = command.slice(1, at);
  const script = evaluates ? undefined : command[at];
  if (script === undefined || script === '-' || script === 'inspect')
    return { execArgv, script: null, args: command.slice(evaluates ? at : at + 1) };
  return { execArgv, script, args: command.slice(at + 1) };
}
