import type { Cdp } from '../../inspector/cdp.js';
import type { Awaited } from '../await-graph/await-graph.js';
import type { SnapshotAwaitGraph } from '../snapshot-heap/read.js';
import { POSITIONS_GROUP, type RemoteObject } from './remote.js';

/** Each costs one walk over the heap. */
const MAX_SOCKETS = 10;

/**
 * Asks the sockets that are waited for whom they are connected to: Node keeps that in C++ until somebody asks. It asks the
 * handle itself, so that the socket does not come to keep it.
 */
export async function askSockets(cdp: Cdp, graph: SnapshotAwaitGraph, deadline: number): Promise<void> {
  const bySocket = new Map<number, Awaited[]>();
  for (const { awaits } of graph.suspended) {
    for (const awaited of awaits) {
      const id = graph.ids.get(awaited.node);
      if (awaited.kind !== 'socket' || awaited.detail !== null || id === undefined) continue;
      const known = bySocket.get(id);
      if (known) known.push(awaited);
      else bySocket.set(id, [awaited]);
    }
  }
  for (const [heapObjectId, awaiteds] of [...bySocket].slice(0, MAX_SOCKETS)) {
    if (performance.now() >= deadline) return;
    const detail = await addressesOf(cdp, heapObjectId);
    if (detail !== null) for (const awaited of awaiteds) awaited.detail = detail;
  }
}

async function addressesOf(cdp: Cdp, heapObjectId: number): Promise<string | null> {
  try {
    const { result } = await cdp.post<{ result: RemoteObject }>('HeapProfiler.getObjectByHeapObjectId', {
      objectId: String(heapObjectId),
      objectGroup: POSITIONS_GROUP,
    });
    const answer = await cdp.post<{ result: RemoteObject; exceptionDetails?: object }>(
      'Runtime.callFunctionOn',
      {
        objectId: result.objectId,
        functionDeclaration: readAddresses.toString(),
        returnByValue: true,
        silent: true,
      },
    );
    return typeof answer.result.value === 'string' ? answer.result.value : null;
  } catch {
    return null; // gone since, or the connection closed
  }
}

interface Handle {
  getpeername?: (address: Address) => number;
  getsockname?: (address: Address) => number;
}

interface Address {
  address?: string;
  port?: number;
}

/** Runs in the thread that is looked at, as source text: it may use nothing from outside of itself. */
function readAddresses(this: Handle): string | null {
  const handle = (Reflect.get(this, '_handle') as Handle | null | undefined) ?? this;
  const read = (name: 'getpeername' | 'getsockname'): string | null => {
    const address: Address = {};
    if (typeof handle[name] !== 'function' || handle[name](address) !== 0) return null;
    const { address: host = '', port } = address;
    return host === ''
      ? null
      : `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
  };
  const peer = read('getpeername');
  const own = read('getsockname');
  return peer === null ? own : `${peer}${own === null ? '' : ` (from ${own})`}`;
}
