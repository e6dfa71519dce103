import assert from 'node:assert/strict';
import test from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import type { Json } from '../../../src/core/data/json.ts';
import { parseDepends } from '../../../src/depends/parse.ts';

function parse(depends: Json): ReturnType<typeof parseDepends> {
  return parseDepends({ depends }, 'train');
}

function problemOf(depends: Json): string {
  try {
    parse(depends);
  } catch (error) {
    assert.ok(error instanceof RunyardError);
    assert.equal(error.code, 'bad-gage-file');
    return error.message;
  }
  return 'none';
}

test('the variants are told apart by their keys', () => {
  const project = { type: 'project-files', description: null, patterns: ['a.csv'], link: false };
  const run = { type: 'run-files', description: null, select: 'prepare', patterns: null };
  assert.deepEqual(parse({ files: 'a.csv' }), [project]);
  assert.deepEqual(parse([{ files: ['a.csv'], link: true }]), [{ ...project, link: true }]);
  assert.deepEqual(parse({ 'run-select': 'prepare' }), [{ ...run, link: false }]);
  assert.deepEqual(parse({ 'run-select': ' prepare ', files: '*.bin', link: true }), [
    { ...run, patterns: ['*.bin'], link: true },
  ]);
  assert.deepEqual(parse({ type: 'runs-summary', 'runs-select': 'a', description: 'All' }), [
    { type: 'runs-summary', description: 'All', select: 'a', filename: 'runs-summary.json' },
  ]);
  assert.equal(
    parse({ 'runs-select': 'a', 'summary-filename': 'x/y.CSV' })[0]?.type,
    'runs-summary',
  );
});

test('an explicit type wins over the keys', () => {
  assert.equal(
    parse({ type: 'project-files', files: 'a', 'run-select': 'x' })[0]?.type,
    'project-files',
  );
  assert.match(problemOf({ type: 'runs-summary', 'run-select': 'x' }), /needs "runs-select"/);
});

test('an operation without dependencies has none', () => {
  assert.deepEqual(parseDepends({}), []);
  assert.deepEqual(parse(null), []);
  assert.deepEqual(parse([]), []);
});

test('what is wrong is said with the operation and the place', () => {
  const ok = { files: 'a' };
  const cases: [Json, string][] = [
    ['data', 'Operation "train": "depends" must be a table'],
    [[ok, 'data'], 'Operation "train": dependency 2 must be a table'],
    [{}, 'Operation "train": "depends" needs "files", "run-select" or "runs-select"'],
    [
      [ok, ok, { type: 'files', files: 'a' }],
      'dependency 3 has the unknown type "files" (known: project-files, run-files, runs-summary)',
    ],
    [{ type: 1n }, '"type" must be a string'],
    [{ type: 'project-files' }, 'needs "files"'],
    [{ files: [] }, '"files" must be a pattern or a list of patterns'],
    [{ files: ['a', 1n] }, '"files" must be a pattern or a list of patterns'],
    [{ files: 'a "b' }, 'has no closing quotation mark'],
    [{ files: 'a', link: 'yes' }, '"link" must be true or false'],
    [{ 'run-select': ' ' }, 'has an empty "run-select"'],
    [{ 'run-select': ['a'] }, '"run-select" must be a string'],
    [
      { 'runs-select': 'a', 'summary-filename': '../x.json' },
      'must be a path in the run directory',
    ],
    [{ 'runs-select': 'a', 'summary-filename': '/x.json' }, 'must be a path in the run directory'],
    [
      { 'runs-select': 'a', 'summary-filename': 'c:\\x.json' },
      'must be a path in the run directory',
    ],
    [
      { 'runs-select': 'a', 'summary-filename': 'summary.json' },
      '"summary-filename" cannot be "summary.json", the run\'s own summary',
    ],
    [{ 'runs-select': 'a', 'summary-filename': 'x.xlsx' }, 'must end in .json or .csv'],
  ];
  for (const [depends, expected] of cases) {
    const message = problemOf(depends);
    assert.ok(message.includes(expected), `${message} has not: ${expected}`);
    assert.match(message, /^Operation "train": /);
  }
});
