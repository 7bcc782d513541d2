import type { MaskOptions } from '../../../report/mask.js';
import type { SectionKind } from '../../../report/schema.js';

/** How a process that is not set up is to be reported. All are optional. */
export interface OutsideOptions {
  /** Nothing is injected into the process, and no thread held up: memory and `/proc` only. */
  noInspector?: boolean | undefined;
  /** Default: `memory`. */
  greenThreads?: 'memory' | 'snapshot' | 'off' | undefined;
  /** Seconds that a thread may be held up for; 0: none is. Default: 0.02. */
  maxPause?: number | undefined;
  /** Seconds that all of it may take; heap snapshots have 300. Default: 10. */
  deadline?: number | undefined;
  /** The kinds of sections that are made. Default: all. */
  kinds?: readonly SectionKind[] | undefined;
  /** What is masked besides that which is always masked. */
  mask?: MaskOptions | undefined;
  /** Names of environment variables whose values may be shown, besides the harmless ones. */
  environment?: readonly (string | RegExp)[] | undefined;
  /** Why its own sentinel does not make the report: for the report, if it turns out to have one. */
  whyNotItself?: string | undefined;
  /** Of the report's trigger. Default: `guru dump`. */
  detail?: string | undefined;
}
