import type { MeetingPoint } from '../meeting/serve.js';
import type { Desk } from './reception.js';

/** By then most programs have started, and those that are over at once are. */
const LATER_MS = 100;

/**
 * Lets the `guru` command of the same user reach this process. What it takes is loaded a little later, so that the start of
 * the application is not slowed down by it, and if the socket cannot be made, the process is as well off without it.
 */
export function openReception(desk: Desk, env: Readonly<Record<string, string>>): { close(): void } {
  let closed = false;
  let meetingPoint: MeetingPoint | null = null;
  const uid = process.geteuid?.(); // Windows has none, and no such sockets.
  const timer = uid === undefined ? null : setTimeout(() => void open(uid), LATER_MS).unref();
  return {
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      meetingPoint?.close();
    },
  };

  async function open(uid: number): Promise<void> {
    try {
      const { receiveCommands } = await import('./reception.js');
      if (closed) return;
      meetingPoint = await receiveCommands(desk, uid, env);
      if (closed) meetingPoint.close();
    } catch {
      // No directory that could be trusted, the permission model, no descriptors left: triggers work all the same, and the
      // command says that it found no socket.
    }
  }
}
