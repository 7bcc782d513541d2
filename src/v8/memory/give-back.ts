import { MessageChannel } from 'node:worker_threads';

/** From ECMAScript 2024. */
interface Transferable {
  transfer?: (length: number) => ArrayBuffer;
}

/**
 * Gives the memory of a buffer back to the system, which V8 does only when it collects garbage the next time: that may be
 * after as much again has been used for the next report. The buffer has no length afterwards.
 */
export function giveBack(buffer: ArrayBuffer & Transferable): void {
  if (buffer.transfer !== undefined) {
    buffer.transfer(0);
    return;
  }
  // Node 20. A message that is never received is dropped with its channel, when the event loop turns: once both ends are closed.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(null, [buffer]);
  port1.close();
  port2.close();
}
