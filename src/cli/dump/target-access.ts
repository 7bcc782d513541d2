import type { DumpOptions } from '../../meeting/protocol.js';
import type { Report } from '../../report/schema.js';
import type { NodeProcess } from '../target/node-process.js';

/** What a report is to have, whichever way it is made. */
export interface DumpRequest extends DumpOptions {
  /** Nothing may be injected into a process that is not set up. */
  noInspector: boolean;
  /** Ends it early: the request is rejected with its reason, once nothing of it is left in the process. */
  signal?: AbortSignal;
}

/** A way to have a report of a process. */
export interface TargetAccess {
  /** @throws {GuruError} `ERR_GURU_TARGET` if it ended meanwhile or gave none; `ERR_GURU_OPTION` for what it cannot do */
  dump(request: DumpRequest): Promise<Report>;
}

/** Why a way is none for a process, in one line. `unexpected`: whoever asks for the report should know. */
export interface NoAccess {
  reason: string;
  unexpected: boolean;
}

/**
 * Looks whether this way is one for the process.
 *
 * @param earlier why better ways are none
 */
export type AccessWay = (target: NodeProcess, earlier: readonly string[]) => Promise<TargetAccess | NoAccess>;
