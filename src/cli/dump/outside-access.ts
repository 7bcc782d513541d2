import type { SectionKind } from '../../report/schema.js';
import { isSectionNamed } from '../../report/section-name.js';
import { GuruError } from '../../report/error.js';
import type { NodeProcess } from '../target/node-process.js';
import type { TargetAccess } from './target-access.js';

const SECTIONS: readonly { kind: SectionKind; title: string }[] = [
  { kind: 'package', title: 'Package' },
  { kind: 'threads', title: 'Threads' },
  { kind: 'greenThreads', title: 'Green Threads' },
  { kind: 'processes', title: 'Processes' },
  { kind: 'configuration', title: 'Configuration' },
];

/** The report is made by this command: for a process that is not set up, or cannot be asked. */
export async function accessFromOutside(
  target: NodeProcess,
  earlier: readonly string[],
): Promise<TargetAccess> {
  return {
    async dump({ sections, greenThreads, maxPause, noInspector, signal }) {
      // Before anything is done to the process.
      const made = SECTIONS.filter(({ kind }) => kind !== 'greenThreads' || greenThreads !== 'off');
      const kinds = sections === null ? undefined : kindsOf(sections, made);
      const { dumpFromOutside } = await import('./outside/dump-from-outside.js');
      return await dumpFromOutside(
        target,
        {
          noInspector,
          kinds,
          greenThreads: greenThreads === 'auto' || greenThreads === null ? undefined : greenThreads,
          maxPause: maxPause ?? undefined,
          whyNotItself: earlier.join('; ') || undefined,
        },
        signal,
      );
    },
  };
}

function kindsOf(names: readonly string[], made: typeof SECTIONS): SectionKind[] {
  return names.map((name) => {
    const section = made.find((one) => isSectionNamed(one, name));
    if (section) return section.kind;
    throw new GuruError(
      'ERR_GURU_OPTION',
      `option --section: there is no section ${JSON.stringify(name)} where a report is made from outside of the process; there is ${made.map(({ title }) => title).join(', ')}`,
    );
  });
}
