import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import { readRunSummary, summaryRegExp } from '../../../../src/core/life/summary.ts';
import { outputPaths } from '../../../../src/core/output/paths.ts';
import { makeRun } from '../../../../src/core/run/run.ts';
import type { Run } from '../../../../src/core/run/types.ts';
import { tempDir, writeTree, type TreeEntry } from '../../../helpers/temp.ts';

function runWith(
  t: test.TestContext,
  files: Readonly<Record<string, TreeEntry>>,
  output = '',
): Run {
  const run = makeRun({ ns: 'n', name: 'o', version: null }, tempDir(t));
  writeTree(run.runDir, files);
  const path = outputPaths(run, 'run').output;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, output);
  return run;
}

async function summaryOf(
  run: Run,
  opdef: JsonObject = {},
): Promise<{ summary: JsonObject; log: string[] }> {
  const log: string[] = [];
  const summary = await readRunSummary(run, opdef, (message) => log.push(message));
  return { summary, log };
}

test('summary files in JSON, TOML and YAML keep ints and floats apart', async (t) => {
  const files = {
    'a.json': '// a comment\n{"metrics": {"n": 1, "x": 1.0, "nan": NaN}}',
    'a.toml': '[metrics]\nn = 1\nx = 1.0\nnan = nan\n',
    'a.yaml': 'metrics:\n  n: 1\n  x: 1.0\n  nan: .nan\n',
  };
  const run = runWith(t, files);
  for (const filename of Object.keys(files)) {
    const { summary } = await summaryOf(run, { summary: { filename } });
    assert.deepEqual(summary, { metrics: { n: 1n, x: 1, nan: NaN } }, filename);
  }
});

test('a summary file outside the run directory is not read', async (t) => {
  const run = runWith(t, {});
  writeFileSync(join(run.runsDir, 'secret.json'), '{"metrics": {}}');
  const { summary, log } = await summaryOf(run, { summary: { filename: '../secret.json' } });
  assert.deepEqual(summary, {});
  assert.match(log.join('\n'), /not inside the run directory/);
});

test('a summary file that is a directory or too large is an empty summary', async (t) => {
  const { summary, log } = await summaryOf(runWith(t, { 'summary.json': null }));
  assert.deepEqual(summary, {});
  assert.match(log.join('\n'), /Error reading run summary/);
});

test('a pattern that would never end is given up', async (t) => {
  const run = runWith(t, {}, `${'a'.repeat(60)}b`);
  const { summary, log } = await summaryOf(run, { 'output-summary': '(a+)+$' });
  assert.deepEqual(summary, {});
  assert.match(log.join('\n'), /timed out/);
});

test('patterns of Python are understood', async (t) => {
  const run = runWith(t, {}, 'x\nRESULT {"metrics": {"a": 1}} end\n');
  for (const pattern of ['(?i)result (?P<json>.*?) end', 'RESULT (\\{.*\\})\\s+end\\s*\\Z']) {
    const { summary } = await summaryOf(run, { 'output-summary': pattern });
    assert.deepEqual(summary, { metrics: { a: 1n } }, pattern);
  }
  const { log } = await summaryOf(run, { 'output-summary': '(' });
  assert.match(log.join('\n'), /Error in output summary pattern/);
});

test('patterns mean what they mean in Python', () => {
  // What `re.search(pattern, text, re.DOTALL)` finds.
  const cases: [pattern: string, text: string, found: string | null][] = [
    ['a$', 'xa\n', 'a'],
    ['a$', 'xa\nb', null],
    ['(?m)a$', 'a\nb', 'a'],
    ['\\Aa', 'ba', null],
    ['a\\Z', 'a\n', null],
    ['a.b', 'a\nb', 'a\nb'],
    ['[]x]+', 'a]x]', ']x]'],
    ['[^]x]+', ']ab', 'ab'],
    ['[$]', 'a$', '$'],
    ['\\$', 'a$', '$'],
    ['\\\\A', '\\A', '\\A'],
    ['(?P<q>["\']).*?(?P=q)', 'x"y\'z"', '"y\'z"'],
    ['a(?# no $)b', 'ab', 'ab'],
    ['(?i)ABC', 'xabc', 'abc'],
  ];
  for (const [pattern, text, found] of cases) {
    assert.equal(summaryRegExp(pattern).exec(text)?.[0] ?? null, found, pattern);
  }
});

test('of a long output the end is searched', async (t) => {
  const filler = `${'x'.repeat(99)}\n`.repeat(100_000);
  const summary = '--- summary ---\n{"attributes": {"a": "b"}}\n---\n';
  const run = runWith(t, {}, filler + summary);
  assert.deepEqual((await summaryOf(run)).summary, { attributes: { a: 'b' } });
});
