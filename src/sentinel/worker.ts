/**
 * The sentinel's entry. It receives the signal before it loads the rest: until it does, a signal must wait for the main
 * thread's event loop to turn.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { receiveSignals } from '../triggers/signal.js';
import type { SentinelData } from './protocol.js';

if (parentPort) {
  const data = workerData as SentinelData;
  const signals = receiveSignals(data.settings);
  const { runSentinel } = await import('./run-sentinel.js');
  runSentinel(parentPort, data, signals);
}
