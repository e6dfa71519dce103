import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupExists, groupOf } from '../../../../src/core/process/processes.ts';
import { signalGroup, signalProcess, stopGroup } from '../../../../src/core/process/signals.ts';
import { posix } from '../../../helpers/posix.ts';
import { Bystander } from '../../../helpers/processes/bystander.ts';

test(
  'no signal goes to us, to our own group, or to a number that means many',
  posix('signals'),
  async (t) => {
    const got: string[] = [];
    const note = (): void => void got.push('SIGTERM');
    process.on('SIGTERM', note);
    t.after(() => process.off('SIGTERM', note));
    const group = groupOf(process.pid);
    assert.ok(group !== null && group > 1);
    for (const pid of [process.pid, group]) {
      signalGroup(pid, 'SIGTERM');
      signalProcess(pid, 'SIGTERM');
      await stopGroup(pid, 0);
    }
    for (const pgid of [1, 0, -1, -5]) assert.equal(groupExists(pgid), false, String(pgid));
    const bystander = await Bystander.start(t);
    assert.deepEqual(await bystander.signals(), []);
    assert.deepEqual(got, []);
    signalGroup(bystander.pid, 'SIGTERM');
    assert.deepEqual(await bystander.signals(), ['SIGTERM']);
  },
);
