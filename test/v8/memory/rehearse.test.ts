import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrate } from '#src/v8/memory/calibrate.js';
import { learnProcess, ReadingStopped } from '#src/v8/memory/reader.js';
import { rehearse } from '#src/v8/memory/rehearse.js';

const CAN_READ = process.platform === 'linux' && process.arch === 'x64';

test('a rehearsal reads a crowd of suspended functions, and lets it go', { skip: !CAN_READ }, async (t) => {
  // Its own timers keep no process alive.
  const timer = setInterval(() => {}, 1e6);
  t.after(() => clearInterval(timer));
  const known = learnProcess('self', process.versions.v8);
  assert.ok(!('reason' in known), JSON.stringify(known));
  const calibration = await calibrate(known);
  assert.ok(!('reason' in calibration), JSON.stringify(calibration));

  let asked = 0;
  const collected = await rehearse(calibration, () => ++asked > 0);
  assert.equal(asked, 3);
  const counts = new Map<string, number>();
  for (const { point } of collected?.graph.suspended ?? [])
    counts.set(point.functionName, (counts.get(point.functionName) ?? 0) + 1);
  // This thread's memory changes while it reads that: it need not find all of them.
  for (const name of ['Query', 'Load', 'Handle', 'Gather', 'Pause', 'Poll'])
    assert.ok((counts.get(`guruCrowd${name}`) ?? 0) > 50, `${name}: ${JSON.stringify([...counts])}`);

  asked = 0;
  assert.equal(await rehearse(calibration, () => ++asked > 1), null, 'it stops when it may not go on');
  assert.equal(asked, 1);
  await assert.rejects(
    rehearse(
      calibration,
      () => true,
      () => true,
    ),
    ReadingStopped,
  );
});
