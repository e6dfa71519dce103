import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitProblems, logRange, parseCommits } from '../../../scripts/lib/commits.mts';

const problemsOf = (message: string, author = 'A'): string[] =>
  commitProblems([{ id: 'abc', author, message }]);
const subject = 'a'.repeat(72);

test('a subject of 72 characters with a body is good', () => {
  assert.deepEqual(problemsOf(`${subject}\n\nBecause.\n`), []);
  // Counted as people count, not in UTF-16 units or bytes.
  assert.deepEqual(problemsOf(`${'ü'.repeat(36)}${'👩‍🔬'.repeat(36)}\n\nBecause.\n`), []);
});

test('a longer subject is named with its length', () => {
  const [problem, ...others] = problemsOf(`${subject}b\n\nBecause.\n`);
  assert.match(problem ?? '', /^abc a+b\n.*73 characters/);
  assert.deepEqual(others, []);
});

test('a body must be there, after an empty line, and say something', () => {
  assert.match(problemsOf('Subject\n')[0] ?? '', /no body/);
  assert.match(problemsOf('Subject\n\n\n')[0] ?? '', /no body/);
  assert.match(problemsOf('Subject\n\nCo-authored-by: A <a@b.c>\n')[0] ?? '', /no body/);
  assert.match(problemsOf('Subject\nBecause.\n')[0] ?? '', /an empty line/);
});

test('what Dependabot writes is its own', () => {
  assert.deepEqual(problemsOf('Bump a\n', 'dependabot[bot]'), []);
});

test('commits are read from what git prints', () => {
  assert.deepEqual(parseCommits('a1\0A\0One\n\nBody\n\0\nb2\0B C\0Two\n\0\n'), [
    { id: 'a1', author: 'A', message: 'One\n\nBody\n' },
    { id: 'b2', author: 'B C', message: 'Two\n' },
  ]);
  assert.deepEqual(parseCommits(''), []);
});

test('the first push of a branch is about its last commit', () => {
  assert.equal(logRange(`${'0'.repeat(40)}..a1`), 'a1^!');
  assert.equal(logRange('00a1..b2'), '00a1..b2');
  assert.equal(logRange('origin/main..HEAD'), 'origin/main..HEAD');
});
