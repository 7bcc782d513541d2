import { measureGreenThreads } from './measurements/green-threads.mjs';
import { measureMemory } from './measurements/memory.mjs';
import { measureMerge } from './measurements/merge.mjs';
import { measurePause } from './measurements/pause.mjs';
import { measureSignal } from './measurements/signal.mjs';
import { measureStartUp } from './measurements/start-up.mjs';
import { measureThroughput } from './measurements/throughput.mjs';

/** All that is measured, in this order. Each takes the options of the command line and gives the rows of its table. */
export const MEASUREMENTS = {
  'start-up': measureStartUp,
  memory: measureMemory,
  signal: measureSignal,
  pause: measurePause,
  throughput: measureThroughput,
  'green-threads': measureGreenThreads,
  merge: measureMerge,
};
