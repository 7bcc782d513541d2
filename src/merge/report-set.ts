import type { Report, Section } from '../report/schema.js';
import { FrameTable } from './frame-table.js';
import { ProcessTable } from './process-table.js';
import { SettingsMerger } from './settings-merger.js';
import { StackMerger } from './stack-merger.js';

/** What of the reports is merged. */
export interface MergedParts {
  threads: boolean;
  greenThreads: boolean;
  settings: boolean;
}

/**
 * Any number of reports, merged one at a time. What it holds grows with the number of different stacks, processes and
 * settings, and by some 100 bytes for each report, however long that is.
 */
export class ReportSet {
  readonly parts: MergedParts;
  /** Share it between sets whose stacks are to be compared. */
  readonly frames: FrameTable;
  readonly processes = new ProcessTable();
  readonly stacks: StackMerger;
  readonly settings = new SettingsMerger();
  reports = 0;
  /** Reports that were given before: of the same process and time. */
  duplicates = 0;
  /** Reports that have each of the parts at all: a section may have failed, or have been skipped. */
  readonly having: { [part in keyof MergedParts]: number } = { threads: 0, greenThreads: 0, settings: 0 };
  /** When the first and the last were made; `null` as long as there are none. */
  first: string | null = null;
  last: string | null = null;
  readonly #seen = new Set<string>();

  constructor(parts: MergedParts, frames = new FrameTable()) {
    this.parts = parts;
    this.frames = frames;
    this.stacks = new StackMerger(frames);
  }

  add(report: Report): void {
    const { generatedAt, process } = report;
    const identity = JSON.stringify([process.hostname, process.pid, generatedAt]);
    if (this.#seen.has(identity)) {
      this.duplicates++;
      return;
    }
    this.#seen.add(identity);
    if (this.first === null || generatedAt < this.first) this.first = generatedAt;
    if (this.last === null || generatedAt > this.last) this.last = generatedAt;
    const number = this.processes.numberOf(process);
    const had = new Set(report.sections.map((section) => this.#addSection(section, number)));
    for (const part of had) if (part !== null) this.having[part]++;
    this.reports++;
  }

  /** Which part the section was, if it had anything. */
  #addSection(section: Section, process: number): keyof MergedParts | null {
    if (section.model === null) return null;
    const origin = { report: this.reports, process };
    if (section.kind === 'threads' && this.parts.threads) {
      this.stacks.addThreads(section.model, origin);
      return 'threads';
    }
    if (section.kind === 'greenThreads' && this.parts.greenThreads) {
      this.stacks.addGreenThreads(section.model, origin);
      return 'greenThreads';
    }
    if (section.kind === 'configuration' && this.parts.settings) {
      this.settings.add(section.model);
      return 'settings';
    }
    return null;
  }
}
