/**
 * Answers are the word of a process that may be another user's, or of another version: their parts are looked at before
 * anything is done with them.
 */
import type { Delivery } from '../sinks/deliver.js';
import type { ConfiguredTrigger, Status } from './protocol.js';

/** What of a status is relied on. */
export type KnownStatus = Pick<Status, 'serviceName' | 'nodeVersion' | 'trigger'>;

/** `null` for what is none. */
export function parseStatus(value: unknown): KnownStatus | null {
  const { serviceName, nodeVersion, trigger } = fieldsOf(value);
  const known = parseTrigger(trigger);
  if (typeof serviceName !== 'string' || typeof nodeVersion !== 'string' || known === null) return null;
  return { serviceName, nodeVersion, trigger: known };
}

/** `null` for what is none. */
export function parseTrigger(value: unknown): ConfiguredTrigger | null {
  const { kind, signal, path } = fieldsOf(value);
  if (kind === 'signal' && typeof signal === 'string') return { kind, signal };
  return kind === 'file' && typeof path === 'string' ? { kind, path } : null;
}

/** `null` for what is none. */
export function parseDelivery(value: unknown): Delivery | null {
  const { kind, path, problem } = fieldsOf(value);
  if (kind === 'file' && typeof path === 'string') return { kind, path };
  if (kind === 'lost') return { kind, problem: typeof problem === 'string' ? problem : 'nobody knows why' };
  if (kind !== 'stderr') return null;
  return typeof problem === 'string' ? { kind, problem } : { kind };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
