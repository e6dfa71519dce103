import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { capture, run, runChecked } from '../../../scripts/lib/run.mts';
import { pidExists } from '../../../src/core/process/identity.ts';
import { posix } from '../../helpers/posix.ts';
import { tempDir, waitFor } from '../../helpers/temp.ts';

const shell = posix('a shell');

/** Waits for what it has started, which has its output. */
const waits = ['-c', 'sleep 600 & echo $!; wait'];

async function untilGone(pid: string): Promise<void> {
  assert.match(pid, /^\d+\s*$/);
  await waitFor(() => !pidExists(Number(pid)), { what: `the end of process ${pid}` });
}

test('what a program prints is kept, and why it failed is told', async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  const { exitCode, stdout, lastWords } = await capture(process.execPath, ['-e', script]);
  assert.deepEqual([exitCode, stdout, lastWords], [3, 'out', 'out\nerr']);
  await assert.rejects(runChecked(process.execPath, ['-e', script]), / failed:\nout\nerr$/);
  await assert.rejects(runChecked('no-such-program', ['x']), /^Error: no-such-program x failed:\n/);
  await runChecked(process.execPath, ['-e', '']);
});

test('a program that does not end in time is killed with all it has started', shell, async () => {
  let said = '';
  await assert.rejects(capture('sh', waits, { limitMs: 2000 }), (error) => {
    said = String(error);
    return true;
  });
  const [first, pid = ''] = said.split('\n');
  assert.equal(first, `Error: Waited 0:02 for sh ${waits.join(' ')}. It said:`);
  await untilGone(pid);
});

test('so is one whose output goes to a file', shell, async (t) => {
  const file = join(tempDir(t), 'log');
  writeFileSync(file, '');
  const stdout = { file, append: true } as const;
  const running = run('sh', waits, { env: process.env, stdout, stderr: stdout, timeoutMs: 2000 });
  await assert.rejects(running, /^Error: Waited 0:02 for sh /);
  await untilGone(readFileSync(file, 'utf8'));
});
