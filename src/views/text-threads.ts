import type { Frame, OsThread, SystemCall, Thread, ThreadsModel } from '../report/schema.js';
import { escapeLine } from './text-escape.js';
import { number, subBanner } from './text-layout.js';

/**
 * Each thread under its banner: the main thread first, then the workers and whatever else has frames; last those
 * that are none of the program's own and have no frames, with one line each.
 */
export function threadLines(model: ThreadsModel): string[] {
  const shown = model.threads.filter((thread) => !isBackground(thread));
  const background = model.threads.filter(isBackground);
  shown.sort((a, b) => rank(a) - rank(b));
  const blocks = [...shown.map(threadBlock), background.flatMap(backgroundBlock)];
  return blocks.filter((block) => block.length > 0).flatMap((block, i) => (i === 0 ? block : ['', ...block]));
}

function rank(thread: Thread): number {
  return thread.kind === 'main' ? 0 : thread.kind === 'worker' ? 1 : 2;
}

/** Threads of libuv and V8 and the sentinel; not one that the program started, however little is known of it. */
function isBackground(thread: Thread): boolean {
  return thread.kind !== 'main' && thread.kind !== 'worker' && thread.frames.length === 0;
}

function threadBlock(thread: Thread): string[] {
  const { os } = thread;
  const lines = [threadBanner(thread), `name = ${escapeLine(thread.name)}`];
  lines.push(
    `kind = ${escapeLine(thread.kind)}${thread.threadId === undefined ? '' : `, thread id ${thread.threadId}`}`,
  );
  lines.push(`state = ${stateText(thread)}`);
  if (os !== undefined)
    lines.push(`cpu = ${number(os.cpu.userMs)} ms user, ${number(os.cpu.systemMs)} ms system`);
  if (os?.systemCall !== undefined) lines.push(`system call = ${systemCallText(os.systemCall)}`);
  if (os?.waitChannel !== undefined) lines.push(`wait channel = ${escapeLine(os.waitChannel)}`);
  if (thread.note !== undefined) lines.push(`note = ${escapeLine(thread.note)}`);
  return thread.frames.length === 0 ? lines : [...lines, '', ...frameLines(thread.frames)];
}

/** `libuv worker [ kind: libuv, state: idle (S), CPU: 3 ms, in: futex (202) ]` */
function backgroundBlock(thread: Thread): string[] {
  const { os } = thread;
  const facts = [`kind: ${escapeLine(thread.kind)}`, `state: ${stateText(thread)}`];
  if (os !== undefined) facts.push(`CPU: ${number(os.cpu.userMs + os.cpu.systemMs)} ms`);
  if (os?.systemCall !== undefined) facts.push(`in: ${systemCallText(os.systemCall)}`);
  const note = thread.note === undefined ? '' : ` ${escapeLine(thread.note)}`;
  return [threadBanner(thread), `${escapeLine(thread.name)} [ ${facts.join(', ')} ]${note}`];
}

function threadBanner({ id }: Thread): string {
  return subBanner(`Thread #${id ?? 'unknown'}`);
}

function stateText({ state, os }: { state: string; os?: OsThread }): string {
  return escapeLine(os === undefined ? state : `${state} (${os.state})`);
}

function systemCallText({ number, name, fd, path }: SystemCall): string {
  const call = name === null ? `number ${number}` : `${escapeLine(name)} (${number})`;
  if (fd === undefined) return path === undefined ? call : `${call} of ${escapeLine(path)}`;
  const { socket } = fd;
  const ends = socket && ` (${socket.protocol} ${socket.local} -> ${socket.remote}, ${socket.state})`;
  return `${call} on fd ${fd.fd}: ${escapeLine(fd.target + (ends ?? ''))}`;
}

/** `FILE:LINE in FUNCTION`, and under it the source line. Node's own frames and V8's are marked, and so set back. */
export function frameLines(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => {
    const mark = frame.internal === true ? '  (node) ' : frame.native === true ? '  (v8) ' : '';
    const place =
      (frame.file === '' ? '<unknown>' : frame.file) + (frame.line === null ? '' : `:${frame.line}`);
    const async = frame.async === true ? 'async ' : '';
    const somewhere = frame.approximate === true ? ' (somewhere in it)' : '';
    const line = escapeLine(`${mark}${place} in ${async}${frame.function}${somewhere}`);
    const source = frame.sourceLine?.trim() ?? '';
    return source === '' ? [line] : [line, `    \`${escapeLine(source)}\``];
  });
}
