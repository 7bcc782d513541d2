import { describeFd } from '../../os/linux/file-descriptor.js';
import type { Pid } from '../../os/pid.js';
import type { Awaited, AwaitGraph } from '../await-graph/await-graph.js';
import type { MemoryHeap } from './memory-heap.js';
import { property } from './objects.js';
import type { PagedMemory } from './paged-memory.js';

/** The kernel's table of connections is read for each. */
const MAX_SOCKETS = 20;

/** Node's objects have the pointer to their C++ object in the second of the fields for it, which from V8 13 on begin later. */
const WRAP_FIELDS = [8, 16];
/** libuv's handle is a part of that object: within this many bytes. */
const WRAP_SIZE = 1024;
/** `uv_handle_t` and `uv_stream_t` of Linux on x64 and arm64 (libuv 1.46 to 1.52). */
const HANDLE = { type: 16, fd: 184 };
/** `uv_handle_type`: pipe, TCP, UDP has its descriptor elsewhere. */
const STREAMS: ReadonlySet<number> = new Set([7, 12]);

/**
 * Says of the sockets that are waited for whom they are connected to. Node keeps that in C++ until somebody asks; their
 * file descriptors are in libuv's handles, and the kernel tells the rest.
 */
export function describeSockets(heap: MemoryHeap, graph: AwaitGraph, pid: Pid): void {
  const bySocket = new Map<number, Awaited[]>();
  for (const { awaits } of graph.suspended) {
    for (const awaited of awaits) {
      if (awaited.kind !== 'socket' || awaited.detail !== null || awaited.node === -1) continue;
      const known = bySocket.get(awaited.node);
      if (known) known.push(awaited);
      else bySocket.set(awaited.node, [awaited]);
    }
  }
  for (const [node, awaiteds] of [...bySocket].slice(0, MAX_SOCKETS)) {
    const detail = endsOf(heap, node, pid);
    if (detail !== null) for (const awaited of awaiteds) awaited.detail = detail;
  }
}

function endsOf(heap: MemoryHeap, socket: number, pid: Pid): string | null {
  const own = (name: string): number => property(heap.objects, socket, name);
  // `_handle` is an accessor of the prototype.
  const handle = own('<symbol kHandle>') || own('_handle') || socket;
  const fd = descriptorOf(heap, handle);
  const ends = fd === null ? undefined : describeFd(pid, fd).socket;
  if (!ends || !/^(?:tcp|udp)/.test(ends.protocol)) return null;
  return ends.remote === '*' ? ends.local : `${ends.remote} (from ${ends.local})`;
}

/** The handle is recognised by pointing back at the object that it is a part of. */
function descriptorOf({ objects }: MemoryHeap, handle: number): number | null {
  const { memory, layout } = objects;
  if (objects.type(handle) < layout.types.firstReceiver) return null;
  for (const field of WRAP_FIELDS) {
    const fd = descriptorIn(memory, objects.word(handle, layout.embedderFields + field));
    if (fd !== null) return fd;
  }
  return null;
}

function descriptorIn(memory: PagedMemory, wrap: number): number | null {
  if (wrap === 0 || wrap % 8 !== 0) return null;
  for (let at = wrap; at < wrap + WRAP_SIZE; at += 8) {
    if (memory.word(at) !== wrap || !STREAMS.has(memory.i32(at + HANDLE.type))) continue;
    const fd = memory.i32(at + HANDLE.fd);
    if (fd >= 0) return fd;
  }
  return null;
}
