import type { Command } from 'commander';
import type { Cli } from './cli.js';

/** A command of `guru`. Its module is loaded when it is called for, so that the others do not pay for it. */
export interface CommandEntry {
  name: string;
  /** As in the list of `guru --help`; the command's own summary says the same. */
  summary: string;
  load: () => Promise<(cli: Cli) => Command>;
}

/** In the order of `guru --help`. A new command is a file in `commands/` and a row here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'dump',
    summary: 'print a report of a running process',
    load: async () => (await import('./commands/dump.js')).dumpCommand,
  },
  {
    name: 'watch',
    summary: 'show what a process does again and again, and what changes',
    load: async () => (await import('./commands/watch.js')).watchCommand,
  },
  {
    name: 'ps',
    summary: 'list the Node processes of this machine',
    load: async () => (await import('./commands/ps.js')).psCommand,
  },
  {
    name: 'trigger',
    summary: "fire a process's own trigger, and say where the report went",
    load: async () => (await import('./commands/trigger.js')).triggerCommand,
  },
  {
    name: 'view',
    summary: 'show saved reports, as text, JSON or XML',
    load: async () => (await import('./commands/view.js')).viewCommand,
  },
  {
    name: 'stacks',
    summary: 'merge saved reports into groups of identical stacks',
    load: async () => (await import('./commands/stacks.js')).stacksCommand,
  },
  {
    name: 'diff',
    summary: 'say which stacks and settings differ between reports',
    load: async () => (await import('./commands/diff.js')).diffCommand,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.js')).completionCommand,
  },
];
