import type { MeetingPoint } from '../meeting/serve.js';
import type { Desk } from './reception.js';

/** By then most programs have started, and those that are over at once are. */
const LATER_MS = 100;

export interface Reception {
  /** Opens or closes it as the settings say now. */
  configure(): void;
  /** Idempotent. */
  close(): void;
}

/**
 * Lets the `guru` command of the same user reach this process, unless that is switched off. What it takes is loaded a little
 * later, so that the start of the application is not slowed down by it, and if the socket cannot be made, the process is as
 * well off without it.
 */
export function openReception(desk: Desk, env: Readonly<Record<string, string>>): Reception {
  const uid = process.geteuid?.(); // Windows has none, and no such sockets.
  let wanted = false;
  let timer: NodeJS.Timeout | null = null;
  let opening = false;
  let meetingPoint: MeetingPoint | null = null;

  const open = async (uid: number): Promise<void> => {
    timer = null;
    opening = true;
    try {
      const { receiveCommands } = await import('./reception.js');
      if (wanted) meetingPoint = await receiveCommands(desk, uid, env);
    } catch {
      // No directory that could be trusted, the permission model, no descriptors left: triggers work all the same, and the
      // command says that it found no socket.
    }
    opening = false;
    if (!wanted) close(); // so it was decided meanwhile
  };
  const close = (): void => {
    wanted = false;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    meetingPoint?.close();
    meetingPoint = null;
  };
  const configure = (): void => {
    if (uid === undefined || !desk.settings().socket) return close();
    wanted = true;
    if (timer === null && !opening && meetingPoint === null)
      timer = setTimeout(() => void open(uid), LATER_MS).unref();
  };
  configure();
  return { configure, close };
}
