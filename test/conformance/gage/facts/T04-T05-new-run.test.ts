import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { initRunMeta, makeRun } from '../../../../src/core/run/run.ts';
import { listRuns, readRunInfo } from '../../../../src/core/store/read.ts';
import { find, tempDir } from '../../../helpers/temp.ts';

const opref = { ns: 'test', name: 'test', version: null };

test('T4: a new run is its opref and nothing else', async (t) => {
  const runsDir = tempDir(t);
  const run = makeRun(opref, runsDir);
  assert.deepEqual(find(runsDir, { dirs: true }), [`${run.id}.meta/`, `${run.id}.meta/opref`]);
  assert.equal(readFileSync(join(run.metaPath, 'opref'), 'utf8'), '1 test test');
  assert.equal(existsSync(run.runDir), false);
  const runs = await listRuns(runsDir);
  assert.deepEqual(
    runs.map(({ id, status }) => [id, status]),
    [[run.id, 'unknown']],
  );
});

test('T4: the reference of an operation that has a version', (t) => {
  const run = makeRun({ ...opref, version: '1' }, tempDir(t));
  assert.equal(readFileSync(join(run.metaPath, 'opref'), 'utf8'), '2 test test 1');
});

test('T5: initialising a run', async (t) => {
  const run = makeRun(opref, tempDir(t));
  initRunMeta(
    run,
    { name: 'test', table: {} },
    { x: 123n, y: 1.23 },
    { command: ['echo', 'hello'], env: { foo: '123', bar: 'abc' } },
    { sys: { platform: 'test 123' } },
  );
  assert.deepEqual(find(run.metaPath), [
    '__schema__',
    'config.json',
    'id',
    'initialized',
    'log/runner',
    'opdef.json',
    'opref',
    'proc/cmd.json',
    'proc/env.json',
    // Ours: that this user put the run here.
    'runyard/origin.json',
    'sys/platform.json',
  ]);
  const text = (name: string): string => readFileSync(join(run.metaPath, name), 'utf8');
  assert.equal(text('__schema__'), '1');
  assert.equal(text('id'), run.id);
  assert.equal(text('config.json'), '{\n  "x": 123,\n  "y": 1.23\n}');
  assert.equal(text('proc/cmd.json'), '["echo", "hello"]');
  assert.equal(text('proc/env.json'), '{\n  "bar": "abc",\n  "foo": "123"\n}');
  assert.equal(text('opdef.json'), '{}');
  assert.equal(text('sys/platform.json'), '"test 123"');
  assert.match(text('initialized'), /^\d{16}$/);
  const lines = text('log/runner').split('\n');
  assert.equal(lines.pop(), '');
  for (const line of lines) {
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d{4} /);
  }
  assert.deepEqual(
    lines.map((line) => line.slice(25)),
    [
      'Writing meta run id',
      'Writing meta opdef',
      'Writing meta config',
      'Writing meta proc cmd',
      'Writing meta proc env',
      'Writing meta system platform',
      'Writing meta initialized',
    ],
  );
  assert.equal((await readRunInfo(run.runsDir, run.id))?.status, 'pending');
});
