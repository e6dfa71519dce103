import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import test from 'node:test';
import { makeRun, runMetaPath } from '../../../../src/core/run/run.ts';
import { appendRunnerLog, formatLogTime } from '../../../../src/core/run/runner-log.ts';
import { tempDir } from '../../../helpers/temp.ts';

void test('times are local, with the offset and without a colon in it', (t) => {
  const before = process.env['TZ'];
  t.after(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
  const at = new Date('2024-01-02T03:04:05.678Z');
  for (const [zone, text] of [
    ['UTC', '2024-01-02T03:04:05+0000'],
    ['Asia/Kolkata', '2024-01-02T08:34:05+0530'],
    ['America/St_Johns', '2024-01-01T23:34:05-0330'],
  ] as const) {
    process.env['TZ'] = zone;
    assert.equal(formatLogTime(at), text);
  }
});

void test('records are appended, one line each unless the message has more', (t) => {
  const run = makeRun({ ns: 'test', name: 'test', version: null }, tempDir(t));
  const at = new Date(0);
  appendRunnerLog(run, 'Writing meta run id', at);
  appendRunnerLog(run, 'Starting run (see output/40_run): a\nb', at);
  const time = formatLogTime(at);
  assert.equal(
    readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8'),
    `${time} Writing meta run id\n${time} Starting run (see output/40_run): a\nb\n`,
  );
});

void test('a late record does not bring a deleted run back', (t) => {
  const run = makeRun({ ns: 'test', name: 'test', version: null }, tempDir(t));
  rmSync(run.metaPath, { recursive: true });
  assert.throws(() => appendRunnerLog(run, 'late'), { code: 'ENOENT' });
});
