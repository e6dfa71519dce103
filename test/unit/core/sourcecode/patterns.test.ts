import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import {
  DEFAULT_SOURCE_PATTERNS,
  globToRegExp,
  parsePattern,
  reachesBelow,
  sourcecodePatterns,
  splitWords,
} from '../../../../src/core/sourcecode/patterns.ts';

const isBadPattern = (error: unknown): boolean =>
  error instanceof RunyardError && error.code === 'bad-pattern';

void test('sourcecode: absent, null and true are the defaults, false and [] nothing', () => {
  assert.deepEqual(sourcecodePatterns({}), DEFAULT_SOURCE_PATTERNS);
  assert.deepEqual(sourcecodePatterns({ sourcecode: null }), DEFAULT_SOURCE_PATTERNS);
  assert.deepEqual(sourcecodePatterns({ sourcecode: true }), DEFAULT_SOURCE_PATTERNS);
  assert.deepEqual(sourcecodePatterns({ sourcecode: false }), []);
  assert.deepEqual(sourcecodePatterns({ sourcecode: [] }), []);
});

void test('sourcecode: one include replaces the defaults, only excludes follow them', () => {
  assert.deepEqual(sourcecodePatterns({ sourcecode: '*.py' }), ['*.py']);
  assert.deepEqual(sourcecodePatterns({ sourcecode: ['-a', '*.py'] }), ['-a', '*.py']);
  assert.deepEqual(sourcecodePatterns({ sourcecode: ['\\-a'] }), ['\\-a']);
  assert.deepEqual(sourcecodePatterns({ sourcecode: '-data.txt' }), [
    ...DEFAULT_SOURCE_PATTERNS,
    '-data.txt',
  ]);
  assert.deepEqual(sourcecodePatterns({ sourcecode: ['-a', '- b'] }), [
    ...DEFAULT_SOURCE_PATTERNS,
    '-a',
    '- b',
  ]);
});

void test('sourcecode: anything else is a bad Gage file', () => {
  for (const sourcecode of [1n, 1.5, { a: 'b' }, ['a', 1n], [null]]) {
    assert.throws(
      () => sourcecodePatterns({ sourcecode }),
      (error) => error instanceof RunyardError && error.code === 'bad-gage-file',
    );
  }
});

void test('a pattern is an optional minus, a glob and options', () => {
  const rule = parsePattern('-  **/*.txt text size<10 size>5 max-matches=3');
  assert.equal(rule.include, false);
  assert.equal(rule.glob, '**/*.txt');
  assert.equal(rule.type, 'text');
  assert.equal(rule.sizeLessThan, 10);
  assert.equal(rule.sizeGreaterThan, 5);
  assert.equal(rule.maxMatches, 3);
  assert.equal(rule.sentinel, '');
  assert.equal(parsePattern('-**/* dir sentinel=bin/activate').sentinel, 'bin/activate');
});

void test('a backslash before the minus makes it part of an included name', () => {
  const rule = parsePattern('\\-x');
  assert.equal(rule.include, true);
  assert.equal(rule.glob, '-x');
});

void test('the type priority is dir, text, binary, whatever the order', () => {
  assert.equal(parsePattern('* binary text').type, 'text');
  assert.equal(parsePattern('* binary text dir').type, 'dir');
  assert.equal(parsePattern('* binary').type, 'binary');
});

void test('the last size and the first max-matches and sentinel count', () => {
  const rule = parsePattern(
    '* dir size<1 size<2 max-matches=3 max-matches=4 sentinel=a sentinel=b',
  );
  assert.equal(rule.sizeLessThan, 2);
  assert.equal(rule.maxMatches, 3);
  assert.equal(rule.sentinel, 'a');
});

void test('unknown and malformed options are ignored', () => {
  const rule = parsePattern('* colour size<1k size=3 max-matches=x');
  assert.deepEqual(
    [rule.type, rule.sizeLessThan, rule.sizeGreaterThan, rule.maxMatches],
    [null, null, null, null],
  );
});

void test('an empty pattern is refused', () => {
  for (const empty of ['', '  ', '-', '-  '])
    assert.throws(() => parsePattern(empty), isBadPattern);
});

// Expected values are those of Python's shlex.split.
for (const [line, words] of [
  ['a b  c', ['a', 'b', 'c']],
  ['a\\ b c', ['a b', 'c']],
  ["'a b' c", ['a b', 'c']],
  ['"a b"c d', ['a bc', 'd']],
  ["''", ['']],
  ["a''b", ['ab']],
  ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
  ["'a\\b'", ['a\\b']],
  ['a#b # c', ['a#b', '#', 'c']],
  ['\ta\r\nb ', ['a', 'b']],
  ['', []],
] as const) {
  void test(`words of ${JSON.stringify(line)}`, () => {
    assert.deepEqual(splitWords(line), words);
  });
}

void test('an open quote and a final backslash are refused', () => {
  for (const line of ["a 'b", 'a "b', 'a\\', '"\\'])
    assert.throws(() => splitWords(line), isBadPattern);
});

for (const [glob, yes, no] of [
  ['*', ['a', '.a', 'a b', ''], ['a/b', '/']],
  ['*.py', ['a.py', '.py'], ['a/b.py', 'a.pyc', 'a_py']],
  ['?', ['', 'a', '.', 'é', '😀'], ['ab', '/']],
  ['a?c', ['ac', 'abc'], ['abbc', 'a/c']],
  ['**/*', ['a', 'a/b', 'a/b/c', '.h/x'], ['a\nb/c']],
  ['**', ['', 'a/', 'a/b/'], ['a', 'a/b']],
  ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'a/xx']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
  ['a**b', ['ab', 'ax/b', 'ax/y/b'], ['axb', 'a/b']],
  ['***', ['a', 'x/a'], ['a\nb/c']],
  ['[ab]', ['[ab]'], ['a', 'b']],
  ['a.b', ['a.b'], ['axb']],
  ['/a', [], ['a']],
  ['./a', [], ['a', 'x/a']],
  ['data', ['data'], ['data/x', 'x/data']],
  ['data/**/*', ['data/x', 'data/y/z'], ['data', 'xdata/y']],
  ['a+(b)|{c}^$', ['a+(b)|{c}^$'], ['aab']],
] as const) {
  void test(`glob ${glob}`, () => {
    const regex = globToRegExp(glob);
    for (const path of yes) assert.ok(regex.test(path), `${glob} should match '${path}'`);
    for (const path of no) assert.ok(!regex.test(path), `${glob} should not match '${path}'`);
  });
}

void test('globs of keys have the dot as separator', () => {
  assert.ok(globToRegExp('**.*', '.').test('a.b.c'));
  assert.ok(globToRegExp('a.*', '.').test('a.b'));
  assert.ok(!globToRegExp('a.*', '.').test('a.b.c'));
  assert.ok(globToRegExp('*', '.').test('a/b'));
  assert.ok(!globToRegExp('**', '.').test('a'));
});

/** Gage's own translation, see gage-format.md 4.2; exponential on deep paths. */
function gageRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[^a-z]/g, (token) => {
    if (token.startsWith('**')) return '(?:[^\\n]+/)*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]?' : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

const globText = fc
  .array(fc.constantFrom('a', 'b', '*', '**', '**/', '?', '/', '.'), { maxLength: 6 })
  .map((parts) => parts.join(''));
const pathText = fc
  .array(fc.constantFrom('a', 'b', '.', '/'), { maxLength: 8 })
  .map((parts) => parts.join(''));

void test('property: globs match what Gage matches', () => {
  fc.assert(
    fc.property(globText, pathText, (glob, path) => {
      assert.equal(globToRegExp(glob).test(path), gageRegExp(glob).test(path));
    }),
    { numRuns: 3000 },
  );
});

const dirPath = fc
  .array(fc.constantFrom('a', 'b', '.a', 'ab'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

void test('property: a directory that cannot reach below holds no match', () => {
  fc.assert(
    fc.property(globText, dirPath, dirPath, (glob, dir, rest) => {
      if (globToRegExp(glob).test(`${dir}/${rest}`)) assert.ok(reachesBelow(glob)(dir));
    }),
    { numRuns: 3000 },
  );
});

void test('a directory is skipped when no include can match below it', () => {
  assert.equal(reachesBelow('*.py')('data'), false);
  assert.equal(reachesBelow('src/*.py')('src'), true);
  assert.equal(reachesBelow('src/*.py')('src/deep'), false);
  assert.equal(reachesBelow('src/**/*.py')('data'), false);
  assert.equal(reachesBelow('src/**/*.py')('src/deep/er'), true);
});

void test('a deep path takes no exponential time', () => {
  const path = `${'a/'.repeat(60)}x.txt`;
  const started = performance.now();
  assert.equal(globToRegExp('**/*.py').test(path), false);
  assert.ok(performance.now() - started < 10_000);
});
