import type { Server } from './server-store.js';

/** A server as clients see it. */
export function toBody(server: Server): Record<string, unknown> {
  const { id, name, image, status, node, fault, task } = server;
  return {
    id,
    name,
    image,
    status,
    power_state: server.powerState,
    node,
    image_checksum: server.imageChecksum,
    fault,
    created_at: server.createdAt.toISOString(),
    task: task && { action: task.action, step: task.step, attempt: task.attempt, engine_pid: task.enginePid },
  };
}
