import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const DEFAULT_CONFIG_FILE = '/etc/mogan/mogan.conf';

/** What both commands take. */
export interface CommandLine {
  /** Absolute. */
  configFile: string;
}

/**
 * Reads the arguments that follow the script's name.
 *
 * @throws TypeError (`ERR_PARSE_ARGS_…`) for options that there are not.
 */
export function readCommandLine(args: string[]): CommandLine {
  const { values } = parseArgs({
    args,
    options: { 'config-file': { type: 'string', default: DEFAULT_CONFIG_FILE } },
  });
  return { configFile: resolve(values['config-file']) };
}
