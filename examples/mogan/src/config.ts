import convict from 'convict';
import { parse } from 'ini';
import { addFormats } from './config-formats.js';
import { schema, type Settings } from './config-schema.js';

/** The configuration of a running process: a convict instance. */
export type Config = convict.Config<Settings>;

/** INI as OpenStack services write it: options before any group are an error of the file, those of all are `[DEFAULT]`. */
function parseConf(text: string): Record<string, unknown> {
  const { DEFAULT: ofAll, ...groups } = parse(text);
  return ofAll === undefined ? groups : { default: ofAll, ...groups };
}

/**
 * Reads and checks a configuration file.
 *
 * @param warn is told about options in the file that mogan does not know: a misspelt name, or a newer file.
 * @throws Error that names the file, and the option where it is about one; values of sensitive options are not shown.
 */
export function loadConfig(file: string, warn: (line: string) => void): Config {
  addFormats();
  convict.addParser({ extension: '*', parse: parseConf });
  // No arguments: convict would take any `--name` on the command line for an option.
  const config: Config = convict(schema, { args: [] });
  try {
    config.loadFile(file);
    config.validate({ allowed: 'warn', output: (line) => warn(`${file}: ${line}`) });
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return config;
}
