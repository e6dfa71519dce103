import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import { finalizeRun, type FinalizeOptions } from '../../../../src/core/life/finalize.ts';
import { openRunOutput, runStatus, startRun } from '../../../../src/core/life/start.ts';
import { openMeta } from '../../../../src/core/meta/meta.ts';
import { readProcessFile } from '../../../../src/core/meta/process-file.ts';
import { tryClaim } from '../../../../src/core/run/claim.ts';
import { runMetaPath, runyardPath } from '../../../../src/core/run/run.ts';
import type { Command, Run } from '../../../../src/core/run/types.ts';
import { readRunInfo } from '../../../../src/core/store/read.ts';
import { posix } from '../../../helpers/posix.ts';
import { stagedTestRun, type TestRunOptions } from '../../../helpers/runs/runs.ts';
import { WAIT_MS, find, lsPermissions } from '../../../helpers/temp.ts';

const bits = posix('permission bits');

function meta(run: Run, ...path: readonly string[]): string {
  return readFileSync(runMetaPath(run, ...path), 'utf8');
}

function node(script: string): Command {
  return [process.execPath, '-e', script];
}

async function finished(
  t: test.TestContext,
  options: TestRunOptions,
  finalize?: FinalizeOptions,
): Promise<Run> {
  const run = await stagedTestRun(t, options);
  const proc = await startRun(run);
  await openRunOutput(run, proc).waitAndClose();
  await finalizeRun(run, await proc.wait(), finalize);
  return run;
}

function withHook(hook: Command): JsonObject {
  return { exec: { run: 'true', finalize: hook } };
}

test('a program that cannot be started: the run ends with 127 and is final (W5)', async (t) => {
  const run = await finished(t, { command: ['no-such-program'] });
  assert.equal(runStatus(run), 'error');
  assert.equal(meta(run, 'proc', 'exit'), '127');
  assert.equal(meta(run, 'output', '40_run'), 'runyard: no-such-program: command not found\n');
  assert.ok(existsSync(runMetaPath(run, 'stopped')));
  assert.ok(!existsSync(runMetaPath(run, 'proc', 'lock')));
});

test('a failing finalize hook: the run is final all the same (W7)', async (t) => {
  const hook = node(
    "console.log('hook'); require('fs').writeFileSync('late.txt', ''); process.exit(4)",
  );
  const run = await finished(t, { command: node(''), table: withHook(hook) });
  assert.equal(runStatus(run), 'completed');
  assert.equal(meta(run, 'output', '50_finalize'), 'hook\n');
  assert.match(meta(run, 'log', 'runner'), /Error: The finalize command failed with exit code 4/);
  assert.deepEqual(readProcessFile(run)?.failure, {
    phase: 'finalize',
    message: 'The finalize command failed with exit code 4',
  });
  assert.match(meta(run, 'manifest'), /^g [0-9a-f]{64} late\.txt$/m);
  const writable = lsPermissions(run.metaPath).filter((line) => /^-.w/.test(line));
  assert.deepEqual(writable, []);
});

test('the finalize hook knows the run, not the project', async (t) => {
  const hook = node(
    'const { run_id, run_dir, project_dir, RUN_ID } = process.env; console.log(JSON.stringify({ run_id, run_dir, project_dir, RUN_ID, cwd: process.cwd() }))',
  );
  const run = await finished(t, { command: node(''), table: withHook(hook) });
  assert.deepEqual(JSON.parse(meta(run, 'output', '50_finalize')), {
    run_id: run.id,
    run_dir: run.runDir,
    cwd: run.runDir,
  });
});

test('the first name of the finalize hook still counts', async (t) => {
  const table = { exec: { run: 'x', 'finalize-run': node("console.log('old')") } };
  const run = await finished(t, { command: node(''), table });
  assert.equal(meta(run, 'output', '50_finalize'), 'old\n');
});

test(
  'run files: generated ones are recorded and read-only, a changed source is told',
  bits,
  async (t) => {
    const command = node(
      "const fs = require('fs'); fs.writeFileSync('out.txt', 'x'); fs.chmodSync('tool.sh', 0o755);" +
        "fs.writeFileSync('tool.sh', 'changed'); fs.mkdirSync('sub'); fs.writeFileSync('sub/a', '')",
    );
    const files = { 'tool.sh': { data: '#!/bin/sh\n', mode: 0o755 } };
    const run = await finished(t, { command, files });
    assert.deepEqual(
      lsPermissions(run.runDir).filter((line) => line.startsWith('-')),
      ['-r--r--r-- out.txt', '-r--r--r-- sub/a', '-r-xr-xr-x tool.sh'],
    );
    assert.match(meta(run, 'log', 'runner'), /File "tool\.sh" was modified during the run/);
    const types = meta(run, 'manifest')
      .trim()
      .split('\n')
      .map((line) => line.replace(/ \w+ /, ' '));
    assert.deepEqual(types, ['s tool.sh', 'g out.txt', 'g sub/a']);
  },
);

test('finalizing again completes what an interruption left out, and changes nothing else', async (t) => {
  const hook = node("require('fs').appendFileSync('count.txt', 'x')");
  const run = await finished(t, { command: node('process.exit(3)'), table: withHook(hook) });
  const before = Object.fromEntries(
    ['stopped', 'proc/exit', 'manifest', 'log/files'].map((name) => [name, meta(run, name)]),
  );
  // As if the supervisor had died before the very last step.
  writeFileSync(runyardPath(run, 'heartbeat'), '');
  await finalizeRun(run, -1);
  for (const [name, text] of Object.entries(before)) assert.equal(meta(run, name), text, name);
  assert.equal(readFileSync(join(run.runDir, 'count.txt'), 'utf8'), 'x', 'the hook ran once');
  assert.ok(!existsSync(runyardPath(run, 'heartbeat')));

  // As if it had died in the middle of the hook.
  for (const name of ['50_finalize', '50_finalize.index']) {
    chmodSync(runMetaPath(run, 'output', name), 0o644);
  }
  chmodSync(join(run.runDir, 'count.txt'), 0o644);
  for (const name of ['log/runner', 'log/files']) chmodSync(runMetaPath(run, name), 0o644);
  await finalizeRun(run, -1);
  assert.equal(readFileSync(join(run.runDir, 'count.txt'), 'utf8'), 'x', 'not a second time');
  assert.match(meta(run, 'log/runner'), /The finalize command was interrupted/);
  assert.equal(meta(run, 'proc/exit'), '3');
});

test('unreadable meta does not keep a run from being final', async (t) => {
  const run = await stagedTestRun(t, { command: node('') });
  const proc = await startRun(run);
  await openRunOutput(run, proc).waitAndClose();
  for (const name of ['log/files', 'opdef.json', 'manifest']) {
    chmodSync(runMetaPath(run, name), 0o644);
    writeFileSync(runMetaPath(run, name), 'garbage\n');
  }
  await finalizeRun(run, 0);
  assert.equal(runStatus(run), 'completed');
  assert.match(meta(run, 'log', 'runner'), /Error finalizing run files: /);
  assert.equal(readProcessFile(run)?.failure?.phase, 'finalize');
});

test('the claim of a run ends with it', async (t) => {
  const run = await stagedTestRun(t, { command: node('') });
  const proc = await startRun(run);
  assert.ok('owner' in tryClaim(run, 'test'), 'held while it runs');
  await openRunOutput(run, proc).waitAndClose();
  await finalizeRun(run, await proc.wait());
  assert.ok(!existsSync(join(run.runsDir, '.runyard', 'locks', run.id)));
  await assert.rejects(startRun(run), {
    code: 'wrong-status',
    message: `Skipping ${run.id} - status is 'completed' but expected 'staged'`,
  });
});

test("format 'head': the meta becomes a zip with all members", async (t) => {
  const run = await finished(t, { command: node("console.log('hi')") }, { format: 'head' });
  assert.deepEqual(
    find(run.runsDir).filter((name) => name.includes('.meta')),
    [`${run.id}.meta.zip`],
  );
  const info = await readRunInfo(run.runsDir, run.id);
  assert.deepEqual([info?.status, info?.metaForm, info?.exitCode], ['completed', 'zip', 0]);
  const zip = await openMeta(`${run.metaPath}.zip`, 'zip');
  t.after(() => {
    zip.close();
  });
  const names = (await zip.entries()).map(({ path }) => path);
  for (const name of [
    'opref',
    'started',
    'stopped',
    'proc/exit',
    'config.json',
    'summary.json',
    'manifest',
    'output/40_run',
  ]) {
    assert.ok(names.includes(name), name);
  }
  assert.equal((await zip.read('output/40_run'))?.toString(), 'hi\n');
  assert.equal((await zip.read('summary.json'))?.toString(), '{}');
  assert.ok(!names.some((name) => /heartbeat|spool|\.tmp$/.test(name)));
});

test(
  'the output that a background process still writes is taken for a moment',
  posix('a shell'),
  async (t) => {
    const run = await finished(t, { command: '(sleep 0.05; echo late) & echo early' });
    assert.equal(meta(run, 'output', '40_run'), 'early\nlate\n');
    const daemon = 'sleep 600 & echo $! > pid; echo done';
    const start = Date.now();
    const other = await finished(t, { command: daemon });
    assert.ok(Date.now() - start < WAIT_MS, 'nobody waits for a process that stays');
    assert.equal(meta(other, 'output', '40_run'), 'done\n');
    process.kill(Number(readFileSync(join(other.runDir, 'pid'), 'utf8')), 'SIGKILL');
    assert.equal(statSync(runMetaPath(other, 'output', '40_run')).mode & 0o222, 0);
  },
);

test('output that the disk refused is kept for a later recover', async (t) => {
  const run = await stagedTestRun(t, { command: node("console.log('precious')") });
  const proc = await startRun(run);
  const exitCode = await proc.wait();
  await proc.settle();
  // A directory in the place of the output: every attempt to write it fails.
  const output = runMetaPath(run, 'output', '40_run');
  rmSync(output, { force: true });
  mkdirSync(output);
  await finalizeRun(run, exitCode);
  assert.equal(runStatus(run), 'completed', 'the status is the truth already');
  assert.ok(existsSync(runyardPath(run, 'heartbeat')), 'and there is more to do');
  rmSync(output, { recursive: true });
  await finalizeRun(run, exitCode);
  assert.equal(readFileSync(output, 'utf8'), 'precious\n');
  assert.ok(!existsSync(runyardPath(run, 'heartbeat')));
});
