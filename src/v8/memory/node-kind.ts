import type { NodeKind } from '../await-graph/heap.js';
import type { InstanceTypes } from './instance-types.js';

/** @param type the instance type; -1 of what is no object */
export function kindOfType(types: InstanceTypes, type: number): NodeKind {
  if (type === -1) return 'other';
  if (type < types.firstNonString) return 'string';
  if ((type >= types.firstFunction && type <= types.lastFunction) || type === types.boundFunction)
    return 'function';
  // Contexts' types are in the order of the alphabet: native, script, with (11.3 to 14.6).
  if (type === types.lastContext - 2) return 'native context';
  if (type >= types.firstContext && type <= types.lastContext) return 'context';
  if (type === types.scriptContextTable) return 'script context table';
  if (type === types.promiseReaction) return 'reaction';
  if (type === types.promiseCapability) return 'capability';
  if (type === types.sourceTextModule) return 'module';
  if (type === types.asyncFromSyncIterator) return 'async-from-sync iterator';
  return type >= types.firstReceiver ? 'object' : 'other';
}
