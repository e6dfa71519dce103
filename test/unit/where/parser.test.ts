import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { dependsOnTime, partsOf, needsFiles, operationsNamed } from '../../../src/where/analyse.ts';
import { RUN_FIELDS, type Where } from '../../../src/where/ast.ts';
import { completeWhere } from '../../../src/where/complete.ts';
import { matchesWhere } from '../../../src/where/evaluate.ts';
import { parseWhere } from '../../../src/where/parser.ts';
import { describeWhereProblem } from '../../../src/where/problem.ts';
import { runInfo } from '../../helpers/runs/run-info.ts';

function parse(text: string): Where {
  const parsed = parseWhere(text);
  assert.ok(parsed.ok, parsed.ok ? '' : describeWhereProblem(text, parsed));
  return parsed.expression;
}

describe('docs/where.md', () => {
  const text = readFileSync(join(repoRoot, 'docs/where.md'), 'utf8');
  // What stands between fences without a language is an expression a line.
  const lines = text
    .split('```')
    .filter((block, i) => i % 2 === 1 && /^\n[^$]/.test(block))
    .flatMap((block) => block.trim().split('\n'));

  it('has examples that are expressions', () => {
    assert.ok(lines.length >= 11);
    for (const line of lines) parse(line);
  });

  it('names every field', () => {
    for (const field of Object.keys(RUN_FIELDS)) assert.ok(text.includes(`\`${field}\``), field);
  });
});

describe('problems of expressions', () => {
  const cases: readonly (readonly [text: string, message: RegExp, caret: string])[] = [
    ['status ==', /^Expected a value after '=='$/, '         ^'],
    ['status == ', /^Expected a value after '=='$/, '          ^'],
    ['status == )', /^Expected a value after '==', not '\)'$/, '          ^'],
    ['status == and x', /^Expected a value after '==', not 'and'$/, '          ^^^'],
    ['lr > 1 and', /^Expected a condition/, '          ^'],
    ['not', /^Expected a condition/, '   ^'],
    ['or train', /^Expected a condition.*not 'or'$/, '^^'],
    ['a and and b', /^Expected a condition/, '      ^^^'],
    ['(a or b', /^The closing '\)' is missing$/, '^'],
    ['a or b)', /^This '\)' closes nothing$/, '      ^'],
    ['a == b == c', /^Write 'and' between two comparisons$/, '       ^^'],
    ['status in completed', /^Expected a list such as \[a, b\] after 'in'/, '          ^^^^^^^^^'],
    ['status in [a b', /^The closing '\]' is missing$/, '          ^'],
    ['status in [a ( b]', /^Expected a value or ']', not '\('$/, '             ^'],
    ["label == 'x", /^The closing quote is missing$/, '         ^^'],
    ['op =~', /^Expected a regular expression after '=~'$/, '     ^'],
    ['op =~ [a', /^The closing '\]' is missing$/, '      ^^'],
    ['op =~ a(b', /^The closing '\)' is missing$/, '       ^^'],
    ['op =~ (?=a)', /not supported/, '      ^'],
    ['op =~ "a**"', /^Nothing to repeat/, '      ^^^^^'],
    ['started > 2 days', /behind it$/, '          ^^^^^^'],
    ['started > lr', /^Expected a time.*config\.lr$/, '          ^^'],
    ['started > "soon"', /^Expected a time/, '          ^^^^^^'],
    ['started > 5', /^Expected a time/, '          ^'],
    ['started > duration', /^Expected a time/, '          ^^^^^^^^'],
    ['duration > long', /^Expected a length of time/, '           ^^^^'],
    ['exit_code == none', /^Expected a number/, '             ^^^^'],
    ['config. == 1', /^Expected a name after 'config\.'$/, '       ^'],
    ['2 - 3', /^This needs a comparison/, '^^^^^'],
    ['(a or b) + 1 > 2', /^Expected a value, not a condition$/, ' ^^^^^^'],
  ];
  for (const [text, message, caret] of cases) {
    it(`says what is wrong with ${text}`, () => {
      const parsed = parseWhere(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.message, message);
      assert.deepEqual(describeWhereProblem(text, parsed).split('\n').slice(1), [
        `  ${text}`,
        `  ${caret}`,
      ]);
    });
  }

  it('shows control characters as one column each', () => {
    const text = 'a\tb\n==';
    const parsed = parseWhere(text);
    assert.ok(!parsed.ok);
    assert.deepEqual(describeWhereProblem(text, parsed).split('\n').slice(1), [
      '  a b ==',
      '        ^',
    ]);
  });

  it('refuses what is too long or too deep, and does not overflow', () => {
    for (const text of [
      'a '.repeat(10_000),
      '('.repeat(4_000),
      'not '.repeat(2_000),
      '-'.repeat(5_000),
      `x == ${'1 + '.repeat(2_000)}1`,
      `x == ${'2 ** '.repeat(1_000)}1`,
      `x =~ ${'('.repeat(3_000)}`,
      `x =~ (a{1000}){1000}`,
    ]) {
      assert.equal(parseWhere(text).ok, false, text.slice(0, 20));
    }
  });
});

describe('words that are operators elsewhere', () => {
  it('are words where no field and no list is near', () => {
    const words = {
      kind: 'and',
      all: ['ran', 'in', 'cloud'].map((text) => ({ kind: 'text', text })),
    };
    assert.deepEqual(parse('ran in cloud'), words);
    assert.equal(parse('after party').kind, 'and');
    assert.equal(parse('party after midnight').kind, 'and');
    assert.equal(parse('key in [cloud]').kind, 'in');
  });
});

describe('what an expression is about', () => {
  it('names the operations that it compares with', () => {
    const text =
      'operation == train or (op in [a "b c"] and not op = d) or op != e or op =~ f or "g" == op';
    const names = operationsNamed(parse(text));
    assert.deepEqual(
      names.map(({ name }) => name),
      ['train', 'a', 'b c', 'd', 'g'],
    );
    for (const { name, from, to } of names) assert.equal(text.slice(from, to), name);
  });

  it('says which files must be read', () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['', []],
      ['train "two words" status == completed and duration > 1h', []],
      ['config.lr > 0', ['config']],
      ['metric.loss / metrics.best < 2', ['metrics']],
      ['not attribute.note == null', ['attributes']],
      ['status == x or (1 < -(lr + 2))', ['config', 'metrics', 'attributes']],
      ['label in [config.x]', ['config']],
      ['config.name =~ x', ['config']],
    ];
    for (const [text, parts] of cases) {
      assert.deepEqual(partsOf(parse(text)), parts, text);
      assert.equal(needsFiles(parse(text)), parts.length > 0, text);
    }
  });

  it('says whether time alone changes what it says', () => {
    for (const text of [
      'started > 2 days ago',
      'started > (today)',
      'started < now',
      'duration > 1h',
    ]) {
      assert.equal(dependsOnTime(parse(text)), true, text);
    }
    for (const text of ['started > 2026-11-01', 'stopped - started > 1h', '(today)']) {
      assert.equal(dependsOnTime(parse(text)), false, text);
    }
  });
});

/** Pieces that expressions are made of, for texts that nearly are some. */
const pieces = fc.constantFrom(
  ...'status operation == != < <= > >= = =~ !~ in not-in not and or ( ) [ ] , + - * / ** 1 2.5 1e5'.split(
    ' ',
  ),
  ...'train "a b" \' " config.lr config. config."x y" metric.loss started stopped now (now) (today)'.split(
    ' ',
  ),
  ...'2 days ago 1h30m 2026-11-01 2026-11-01T10:00+02:00 10:00 after before null true nan a{2} \\ ^a+$'.split(
    ' ',
  ),
);
const nearly = fc
  .array(fc.tuple(pieces, fc.constantFrom(' ', ' ', '', '\t')), { maxLength: 25 })
  .map((parts) => parts.flat().join(''));
const known = {
  operations: ['train', 'two words'],
  statuses: ['completed'],
  labels: ['it\'s "good"'],
  tags: ['not'],
  config: ['lr', 'a b'],
  metrics: ['loss'],
  attributes: [],
};

describe('any text', () => {
  for (const [what, texts] of [
    ['at all', fc.string({ maxLength: 60, unit: 'binary' })],
    ['that is nearly an expression', nearly],
  ] as const) {
    it(`${what} is parsed, or has a problem inside it, and is matched and completed`, () => {
      const values = {
        config: { lr: 1n, x: 'a' },
        metrics: { loss: NaN },
        attributes: { l: [1n] },
      };
      fc.assert(
        fc.property(texts, fc.nat(), (text, at) => {
          const parsed = parseWhere(text);
          if (parsed.ok) {
            assert.equal(
              typeof matchesWhere(parsed.expression, runInfo(1), values, new Date()),
              'boolean',
            );
            for (const { from, to } of operationsNamed(parsed.expression)) {
              assert.ok(0 <= from && from <= to && to <= text.length);
            }
          } else {
            assert.ok(0 <= parsed.from && parsed.from <= parsed.to && parsed.to <= text.length);
            assert.notEqual(parsed.message, '');
          }
          const offset = at % (text.length + 1);
          for (const { from, to } of completeWhere(text, offset, known)) {
            assert.ok(0 <= from && from <= to && to <= offset);
          }
        }),
        { numRuns: 3_000 },
      );
    });
  }

  it('is matched the same with more blanks around its tokens', () => {
    fc.assert(
      fc.property(nearly, (text) => {
        const plain = parseWhere(text);
        const padded = parseWhere(`  ${text}  `);
        assert.equal(plain.ok, padded.ok);
      }),
    );
  });
});
