import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hostileRun, json, queueEntry, runId, writeRun, type RunFiles } from './run.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

/** Where the token of this user cannot be kept for them alone nothing counts as theirs. */
const KEYLESS: World = {
  name: 'received runs where others may read what tells them from ours',
  spawned: true,
  build: (setting) => {
    const dir = join(setting.home, '.local', 'state', 'runyard');
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o755);
    const [died, staged] = [runId(0x7404_0000), runId(0x7405_0000)];
    writeRun(setting, hostileRun(setting, died, 'died'));
    writeRun(setting, hostileRun(setting, staged, 'queued'));
    return [
      { id: died, what: 'died' },
      { id: staged, what: 'queued' },
    ];
  },
};

/** Queues that came with a store. Nothing of them may start, whatever is done to the queue. */
export const QUEUES: readonly World[] = [
  received('a received queue', {}),
  received('a received queue with many slots', { '.runyard/queue/slots.setting': '1000' }),
  received('a received queue that waits', { '.runyard/queue/waitForRunning.setting': 'true' }),
  {
    ...received('a received queue beside an own staged run', {}),
    steps: [
      ['stage', 'good'],
      ['queue', 'add', '1'],
      ['queue', 'resume'],
      ['queue', 'list'],
    ],
  },
  {
    name: 'a received queue with entries of no runs',
    spawned: true,
    build: (setting) => {
      const names = ['..', '-rf', 'queue', 'a b', '$(touch x)', '\u001b[2J'];
      const files: RunFiles = {};
      for (const name of names) files[`.runyard/queue/${name}.json`] = json(queueEntry());
      const id = runId(0x7400_0000);
      writeRun(setting, { ...hostileRun(setting, id, 'queued'), ...files });
      return [{ id, what: 'queued beside entries of no runs' }];
    },
  },
  KEYLESS,
  {
    name: 'runs that the queue says it has started',
    spawned: true,
    build: (setting) => {
      const id = runId(0x7401_0000);
      const taken = json({ ...queueEntry(), slot: 1 });
      writeRun(setting, {
        ...hostileRun(setting, id, 'staged'),
        [`.runyard/queue/${id}.taken`]: taken,
      });
      return [{ id, what: 'taken and not started' }];
    },
  },
];

function received(name: string, more: RunFiles): World {
  return {
    name,
    spawned: true,
    makesRuns: true,
    build: (setting: Setting) => {
      const [queued, staged] = [runId(0x7402_0000), runId(0x7403_0000)];
      writeRun(setting, { ...hostileRun(setting, queued, 'queued'), ...more });
      writeRun(setting, hostileRun(setting, staged, 'staged'));
      return [
        { id: queued, what: 'queued' },
        { id: staged, what: 'staged' },
      ];
    },
  };
}
