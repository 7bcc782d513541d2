import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineSettings } from '../config-schema.js';
import type { Action, PowerState, StepName, Task } from '../protocol.js';
import { checksumImage } from './image-checksum.js';

const INVENTORY_MS = 50;
const POWER_MS = 150;
/** An image is written in so many parts. */
const DEPLOY_PARTS = 10;

/** A task on its way through its steps, which fill in what they find out. */
export interface Job {
  readonly task: Task;
  readonly settings: EngineSettings;
  node: string | null;
  powerState: PowerState;
  imageChecksum?: string;
}

export interface Step {
  name: StepName;
  /** May be called again after it failed, so it must not mind what an earlier attempt has done. */
  run(job: Job, signal: AbortSignal): Promise<void>;
}

const allocate: Step = {
  name: 'allocate',
  async run(job, signal) {
    await sleep(INVENTORY_MS, undefined, { signal });
    job.node = `node-${job.task.id.slice(0, 8)}`;
  },
};

const checksum: Step = {
  name: 'checksum',
  async run(job, signal) {
    job.imageChecksum = await checksumImage(
      { image: job.task.image, sizeMb: job.settings.image_size_mb },
      signal,
    );
  },
};

const deploy: Step = {
  name: 'deploy',
  async run(job, signal) {
    for (let part = 0; part < DEPLOY_PARTS; part++) {
      await sleep((job.settings.deploy_time * 1000) / DEPLOY_PARTS, undefined, { signal });
    }
  },
};

const powerOn: Step = { name: 'power on', run: (job, signal) => setPower(job, 'on', signal) };

const powerOff: Step = { name: 'power off', run: (job, signal) => setPower(job, 'off', signal) };

async function setPower(job: Job, state: PowerState, signal: AbortSignal): Promise<void> {
  await sleep(POWER_MS, undefined, { signal });
  job.powerState = state;
}

/** The steps of each action, in order. */
export const STEPS: Record<Action, readonly Step[]> = {
  build: [allocate, checksum, deploy, powerOn],
  'power on': [powerOn],
  'power off': [powerOff],
};
