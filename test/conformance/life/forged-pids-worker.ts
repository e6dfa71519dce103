import assert from 'node:assert/strict';
import { join } from 'node:path';
import { recoverRun } from '../../../src/core/life/recover.ts';
import { requestStop } from '../../../src/core/life/stop.ts';
import { touchHeartbeat, writeProcessFile } from '../../../src/core/meta/process-file.ts';
import { identityOf } from '../../../src/core/process/identity.ts';
import { makeRun } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { Bystander } from '../../helpers/processes/bystander.ts';
import { processFile } from '../../helpers/processes/process-file.ts';
import { deadIdentity } from '../../helpers/processes/processes.ts';
import { writeTree } from '../../helpers/temp.ts';

/**
 * Run as the first process of a process table of its own: a signal to everybody reaches the
 * bystander and nobody else's processes. `node forged-pids-worker.ts <directory>`.
 */
const dir = process.argv[2] ?? '';
assert.equal(process.pid, 1, 'this is for a process table of its own');
const atEnd: (() => unknown)[] = [];
const bystander = await Bystander.start({
  after: (work: unknown) => void atEnd.push(work as () => unknown),
});

function started(files: Readonly<Record<string, string>>): Run {
  const run = makeRun({ ns: 'test', name: 'op', version: null }, join(dir, 'runs'));
  writeTree(run.metaPath, { initialized: '1', staged: '2', started: '3', ...files });
  return run;
}

async function tryAll(run: Run): Promise<void> {
  await requestStop(run).catch(() => null);
  await recoverRun(run).catch(() => null);
  await recoverRun(run, { force: true }).catch(() => null);
  assert.deepEqual(await bystander.signals(), []);
}

for (const lock of ['1', '0', '-1', '1\n', ' 1 ']) await tryAll(started({ 'proc/lock': lock }));
const dead = await deadIdentity();
for (const start of [identityOf(1).start, null]) {
  const child = { ...identityOf(1), start };
  for (const file of [processFile(dead, { child }), processFile(child)]) {
    const run = started({});
    writeProcessFile(run, file);
    touchHeartbeat(run);
    await tryAll(run);
  }
}
for (const work of atEnd) work();
process.stdout.write('nobody got a signal\n');
process.exit(0);
