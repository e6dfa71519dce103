import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Args,
  parseCommandLine,
  splitCommand,
  type OptionSpecs,
} from '../../../../src/cli/base/args.ts';
import { encodeContract } from '../../../../src/cli/base/contract.ts';
import { UsageError } from '../../../../src/cli/base/errors.ts';
import { formatTable, painter, shorten, withColours } from '../../../../src/cli/base/text.ts';

const OPTIONS: OptionSpecs = {
  exit: { type: 'string', short: 'e', help: '' },
  all: { type: 'boolean', short: 'a', help: '' },
};
const parse = (...argv: readonly string[]): Args => parseCommandLine('x', argv, OPTIONS);

test('the command may stand after global options', () => {
  assert.deepEqual(splitCommand(['--runs', 'list', 'show', '1']), {
    command: 'show',
    rest: ['--runs', 'list', '1'],
  });
  assert.deepEqual(splitCommand(['--json', 'list']), { command: 'list', rest: ['--json'] });
  assert.deepEqual(splitCommand(['--version']), { command: null, rest: ['--version'] });
});

test('slices and exit codes may be negative', () => {
  const args = parse('-2:', '--exit', '-9', '3');
  assert.deepEqual(args.positionals, ['-2:', '3']);
  assert.equal(args.integer('exit', -255), -9);
  assert.equal(parse('-e', '-9').integer('exit', -255), -9);
  assert.equal(parse('--exit=-9').text('exit'), '-9');
  assert.deepEqual(parse('--', '-a').positionals, ['-a']);
});

test('what a command does not take is a usage error', () => {
  assert.throws(() => parse('--foo'), UsageError);
  assert.throws(() => parse('--exit'), UsageError);
  assert.throws(() => parse('--all=yes'), UsageError);
  assert.throws(() => parse('--exit', 'two').integer('exit', 0), /whole number/);
  assert.throws(() => parse('--exit', '').integer('exit', 0), /whole number/);
  assert.throws(() => parse('--exit', '-1').integer('exit', 0), /at least 0/);
  assert.equal(parse().integer('exit', 0), undefined);
  assert.equal(parse('-a').isSet('all'), true);
});

test('JSON keeps ints and floats apart and is read by every parser', () => {
  const value = { i: 1n, f: 1.0, e: 1e-7, big: 12345678901234567890n, nan: NaN, inf: -Infinity };
  const text = encodeContract(value, 0);
  assert.equal(text, '{"i":1,"f":1.0,"e":1e-07,"big":12345678901234567890,"nan":null,"inf":null}');
  assert.equal((JSON.parse(text) as { e: number }).e, 1e-7);
  assert.equal(encodeContract([]), '[]');
  assert.equal(encodeContract({}), '{}');
  assert.equal(
    encodeContract({ a: [1n, 'é\n'], b: {} }),
    '{\n  "a": [\n    1,\n    "é\\n"\n  ],\n  "b": {}\n}',
  );
});

test('a table is aligned and has no space at the end of a line', () => {
  const rows = [
    [{ text: '1' }, { text: 'abc' }, { text: 'a long text' }],
    [{ text: '10' }, { text: 'x' }, { text: '' }],
  ];
  const table = formatTable(['#', 'name', 'label'], rows, painter(false), { right: new Set([0]) });
  assert.equal(table, ' #  name  label\n 1  abc   a long text\n10  x\n');
  const cut = formatTable(['#', 'name', 'label'], rows, painter(false), { width: 18 });
  assert.equal(cut, '#   name  label\n1   abc   a long …\n10  x\n');
});

test('colours do not change the alignment', () => {
  const rows = [[{ text: 'a', style: 'red' as const }, { text: 'b' }]];
  const table = withColours(formatTable(['xx', 'y'], rows, painter(true)));
  assert.equal(table.replace(/\u001b\[\d+m/g, ''), 'xx  y\na   b\n');
  assert.match(table, /\u001b\[31ma\u001b\[39m {3}b/);
});

test('only what is painted has a colour', () => {
  const paint = painter(true);
  const hostile = '\u001b[31mx\ufdd2y\ufddf';
  assert.equal(
    withColours(`${paint('red', 'a')} \u001b[31mb${paint('bold', hostile)}\n`),
    '\u001b[31ma\u001b[39m ␛[31mb\u001b[1m␛[31mx\ufffdy\ufffd\u001b[22m\n',
  );
  assert.equal(withColours('\ufddf\ufdd0'), '\ufffd\ufffd');
  assert.equal(painter(false)('red', 'a'), 'a');
});

test('a table may have more rows than a call has arguments', () => {
  const rows = Array.from({ length: 200_000 }, () => [{ text: 'a' }]);
  assert.equal(formatTable(['x'], rows, painter(false)).length, 400_002);
});

test('what is too long is cut', () => {
  assert.equal(shorten('abcdef', 4), 'abc…');
  assert.equal(shorten('abcd', 4), 'abcd');
});

test('wide characters and accents keep the columns', () => {
  const rows = [
    [{ text: '日本' }, { text: 'x' }],
    [{ text: 'ne\u0301e' }, { text: 'y' }],
    [{ text: 'abcd' }, { text: 'z' }],
  ];
  const table = formatTable(['', 'n'], rows, painter(false));
  assert.equal(table, '      n\n日本  x\nne\u0301e   y\nabcd  z\n');
  assert.equal(shorten('日本語', 6), '日本語');
  assert.equal(shorten('日本語', 5), '日本…');
  assert.equal(shorten('日本語', 4), '日…');
  assert.equal(shorten('👩‍👩‍👧 family', 5), '👩‍👩‍👧 f…');
});
