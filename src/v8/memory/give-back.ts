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
  // Node 20. What is sent by a port that closes is taken from the sender, as it must be, and dropped at once.
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  port1.postMessage(null, [buffer]);
}
