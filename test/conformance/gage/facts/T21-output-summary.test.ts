import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import { finalizeRun } from '../../../../src/core/life/finalize.ts';
import { openRunOutput, runStatus, startRun } from '../../../../src/core/life/start.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { stagedTestRun } from '../../../helpers/runs/runs.ts';
import { find } from '../../../helpers/temp.ts';

interface Case {
  /** What the run prints. */
  readonly prints: string;
  readonly table?: JsonObject;
  /** `summary.json` that the run writes. */
  readonly file?: string;
}

/** Runs a program that prints, and returns `summary.json` (null: none) and `log/runner`. */
async function run(t: test.TestContext, c: Case): Promise<{ summary: unknown; log: string }> {
  const script = [
    "const fs = require('node:fs');",
    `process.stdout.write(Buffer.from('${Buffer.from(c.prints, 'latin1').toString('base64')}', 'base64'));`,
    c.file === undefined ? '' : `fs.writeFileSync('summary.json', ${JSON.stringify(c.file)});`,
  ].join('\n');
  const command = [process.execPath, '-e', script];
  const run = await stagedTestRun(t, { command, table: { exec: command, ...c.table } });
  const proc = await startRun(run);
  const output = openRunOutput(run, proc);
  await output.waitAndClose();
  await finalizeRun(run, await proc.wait());
  assert.equal(runStatus(run), 'completed', 'whatever the summary is, the run is final');
  const log = readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8');
  if (!find(run.metaPath).includes('summary.json')) return { summary: null, log };
  return { summary: JSON.parse(readFileSync(runMetaPath(run, 'summary.json'), 'utf8')), log };
}

const METRICS = { metrics: { acc: 0.5 } };

test('T21: the output is exactly a JSON object with metrics', async (t) => {
  const { summary } = await run(t, { prints: `${JSON.stringify(METRICS)}\n` });
  assert.deepEqual(summary, METRICS);
});

test('T21: a summary behind other text', async (t) => {
  const prints = `some text\n--- summary ---\n${JSON.stringify(METRICS, null, 2)}\n---\n`;
  const { summary, log } = await run(t, { prints });
  assert.deepEqual(summary, METRICS);
  assert.match(log, /Found summary output\n.*Writing meta summary\n/);
});

test('T21: a pattern of the operation over text that is not JSON', async (t) => {
  const table = { 'output-summary': 'Summary:\n(.*?)\n\n' };
  const { summary, log } = await run(t, { prints: 'Summary:\nacc: 0.5\n\nbye\n', table });
  assert.equal(summary, null);
  assert.match(log, /Found summary output\n.*Error decoding output summary: /);
});

test('T21: a pattern without a group', async (t) => {
  const table = { 'output-summary': 'Summary' };
  const { summary, log } = await run(t, { prints: 'Summary\n', table });
  assert.equal(summary, null);
  assert.match(log, /must capture a group/);
});

test('T21: output-summary = false, or an empty one, is not scanned', async (t) => {
  for (const setting of [false, '']) {
    const table = { 'output-summary': setting };
    const { summary, log } = await run(t, { prints: JSON.stringify(METRICS), table });
    assert.equal(summary, null);
    assert.doesNotMatch(log, /summary pattern/);
  }
});

test('T21: a summary file beats the output', async (t) => {
  const file = '{"metrics": {"acc": 1.0}}';
  const { summary, log } = await run(t, { prints: JSON.stringify(METRICS), file });
  assert.deepEqual(summary, { metrics: { acc: 1 } });
  assert.match(log, /Using run summary 'summary.json'/);
});

test('T21: a broken summary file is logged, and the run is final', async (t) => {
  for (const file of ['{"metrics": ', '[1, 2]', '']) {
    const { summary, log } = await run(t, { prints: 'x\n', file });
    assert.equal(summary, null);
    assert.match(log, /Error reading run summary 'summary.json'/);
  }
});

test('T21: output that is not UTF-8 does not keep a run from being final', async (t) => {
  const prints = `\xff\xfe\n--- summary ---\n${JSON.stringify(METRICS)}\n---\n`;
  assert.deepEqual((await run(t, { prints })).summary, METRICS);
});
