import { setTimeout as sleep } from 'node:timers/promises';
import type { StepName } from '../protocol.js';

const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * Hardware that misbehaves, the same way each time, as the server's name asks for: `flaky` fails to be deployed twice,
 * `slow` does not answer the first time, `broken` never powers on.
 */
export async function injectFault(
  serverName: string,
  step: StepName,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  if (serverName.includes('flaky') && step === 'deploy' && attempt <= 2) {
    throw new Error('the management controller closed the connection');
  }
  if (serverName.includes('slow') && step === 'deploy' && attempt === 1) {
    await sleep(FOR_EVER_MS, undefined, { signal });
  }
  if (serverName.includes('broken') && step === 'power on') {
    throw new Error('the power supply does not come up');
  }
}
