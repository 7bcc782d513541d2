/**
 * What the `guru` command and the sentinel of a process that is set up say to each other over the socket where they meet.
 *
 * A connection is for one request: one line of JSON. The answers are frames, each a length in bytes (32 bits, big-endian)
 * and as much JSON in UTF-8, until the server closes the connection. Both sides ignore fields that they do not know.
 */
import type { GreenThreadsMode } from '../config/options.js';
import type { Report, Trigger } from '../report/schema.js';
import type { Delivery } from '../sinks/deliver.js';

/** Changes when one side would misunderstand the other. */
export const PROTOCOL_VERSION = 1;

/** A request: bytes, line feed included. */
export const REQUEST_LIMIT = 64 * 1024;
/** An answer, bytes: as much as a saved report may have. */
export const FRAME_LIMIT = 128 * 1024 * 1024;

/** What is different for one report; `null`: as the process is set up. */
export interface DumpOptions {
  /** Titles or kinds of the sections to make; others are not even begun. */
  sections: readonly string[] | null;
  greenThreads: GreenThreadsMode | null;
  /** Seconds. */
  maxPause: number | null;
}

export type Request = { version: number } & (
  | { command: 'status' }
  | ({ command: 'dump' } & DumpOptions)
  /**
   * Tells of the next report that a trigger makes. If the trigger is a file, the process touches it, with its own rights
   * and in its own file system; a signal is for the client to send, who knows whether it is handled.
   */
  | { command: 'trigger' }
);

/** What a request asks for cannot be: the caller's mistake, in words for the one who typed it. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

export type ConfiguredTrigger = { kind: 'signal'; signal: string } | { kind: 'file'; path: string };

/** What a process that is set up says of itself. */
export interface Status {
  pid: number;
  serviceName: string;
  /** As `process.version`. */
  nodeVersion: string;
  trigger: ConfiguredTrigger;
  /** The directory for reports; `null`: stderr. */
  logDir: string | null;
  format: string;
  /** Since when the sentinel is up, ISO 8601, UTC. */
  upSince: string;
  /** Those that say how long things may take: seconds, MB. */
  settings: {
    deadline: number;
    minInterval: number;
    fileEventHandlerInterval: number;
    greenThreads: GreenThreadsMode;
    greenThreadsMaxHeap: number;
    maxPause: number;
  };
  /** Titles, in the report's order. */
  sections: string[];
}

export type Answer =
  | { type: 'status'; status: Status }
  /** The request is taken up; the result comes within that time, in all likelihood. */
  | { type: 'accepted'; withinMs: number; trigger?: ConfiguredTrigger }
  | { type: 'report'; report: Report }
  /** Where the report of a trigger went. */
  | { type: 'delivered'; generatedAt: string; trigger: Trigger; delivery: Delivery }
  | { type: 'error'; code: 'request' | 'version' | 'failed'; message: string };
