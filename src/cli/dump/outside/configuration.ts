import { describeEnvironment, shownVariables } from '../../../config/environment.js';
import { splitNodeOptions } from '../../../config/node-options.js';
import { toPlain } from '../../../report/plain.js';
import type { ConfigurationModel } from '../../../report/schema.js';
import type { SectionResult } from '../../../sections/section-result.js';
import { explainRefusal } from '../../target/permission.js';
import type { Had, OutsideProcess } from './outside-process.js';

/**
 * The Configuration section: what Node was started with, and the environment as it was then; of this the values of those
 * variables that are harmless, or that are named here.
 */
export function describeOutsideConfiguration(
  target: OutsideProcess,
  { argv, execArgv }: { argv: readonly string[]; execArgv: readonly string[] },
  environment: Had<Record<string, string>>,
  shown: readonly (string | RegExp)[],
): SectionResult<'configuration'> {
  const env = 'value' in environment ? environment.value : null;
  const { value } = toPlain({
    ...(env === null ? {} : { environment: describeEnvironment(env, shownVariables(shown)) }),
    node: {
      ...(env === null ? {} : { NODE_OPTIONS: splitNodeOptions(env['NODE_OPTIONS'] ?? '') }),
      argv,
      execArgv,
    },
  });
  const model: ConfigurationModel = { groups: value as ConfigurationModel['groups'] };
  if ('value' in environment) return { status: 'ok', model };
  const reason = `its environment cannot be read (${environment.error}): ${explainRefusal(target, 'read')}`;
  return { status: 'partial', reason, model };
}
