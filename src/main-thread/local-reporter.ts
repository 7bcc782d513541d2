import type { Settings } from '../config/options.js';
import { makeReport } from '../generation/make-report.js';
import { createReporter, type Reporter } from '../generation/reporter.js';
import type { ProcessFacts } from '../sections/package.js';
import { openStderr } from '../sinks/stderr.js';
import { getAgent } from './agent.js';
import { LocalMainThread } from './local-main-thread.js';

/** A reporter that runs in the main thread. The module is loaded only where no sentinel can serve. */
export function createLocalReporter(settings: () => Settings, facts: ProcessFacts): Reporter {
  return createReporter({
    settings,
    stderr: openStderr(),
    async make(trigger) {
      const mainThread = new LocalMainThread();
      try {
        return await makeReport(trigger, {
          settings: settings(),
          facts,
          sections: getAgent().registry.entries(),
          mainThread,
          lastConfiguration: null,
          ownKind: 'main',
          ownTid: process.pid,
        });
      } finally {
        mainThread.close();
      }
    },
  });
}
