import { secondsSince, type TaskEntry } from '../tasks-section.js';
import type { ServerStore } from './server-store.js';

/** The builds that have been asked for and have neither ended nor failed, those that wait included. */
export function buildsInProgress(servers: ServerStore): TaskEntry[] {
  return servers.list().flatMap(({ id, name: server, task }) => {
    if (task?.action !== 'build') return [];
    const { action, enginePid, step, attempt, startedAt } = task;
    return [{ id, server, action, enginePid, step, attempt, secondsRunning: secondsSince(startedAt) }];
  });
}
