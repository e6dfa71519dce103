import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileRegex, isRegex } from '../../../src/where/regex.ts';

function test(pattern: string, text: string): boolean {
  const regex = compileRegex(pattern);
  assert.ok(isRegex(regex), `${pattern}: ${isRegex(regex) ? '' : regex.message}`);
  return regex.test(text);
}

/** Patterns that JavaScript and we read alike, of letters that often match. */
function patternOf(depth: number): fc.Arbitrary<string> {
  const char = fc.constantFrom(
    ...'a b c . [ab] [^a] [a-c_] \\d \\W \\. [\\s-] \\x61 \\b \\B ^ $'.split(' '),
  );
  const group = fc
    .tuple(fc.constantFrom('(', '(?:', '(?<n>'), depth === 0 ? char : patternOf(depth - 1))
    // A name may be given once only.
    .map(([open, inner]) => `${inner.includes('<n>') ? '(' : open}${inner})`);
  const count = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?');
  const repeated = fc
    .tuple(fc.oneof({ weight: 3, arbitrary: char }, group), count)
    .map(([atom, times]) => (/^(?:\^|\$|\\b)$/i.test(atom) ? atom : atom + times));
  const sequence = fc.array(repeated, { maxLength: 3 }).map((items) => items.join(''));
  return fc
    .array(sequence, { minLength: 1, maxLength: 2 })
    .map((choices) => choices.join('|'))
    .filter((source) => source.split('<n>').length < 3);
}

describe('regular expressions', () => {
  it('find what those of JavaScript find', () => {
    fc.assert(
      fc.property(
        patternOf(2),
        fc.string({ unit: fc.constantFrom(...Array.from('aabbc1 .-_\n')), maxLength: 12 }),
        (source, text) => {
          assert.equal(
            test(source, text),
            new RegExp(source).test(text),
            JSON.stringify([source, text]),
          );
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('take time in proportion to the text, whatever the pattern', () => {
    const text = `${'a'.repeat(3_000)}b`;
    for (const source of [
      '(a+)+$',
      '(a|a)*c',
      '(a*)*c',
      '^(([a-z])+.)+[A-Z]$',
      '.*.*.*.*.*=',
      '(a?){200}a{200}c',
    ]) {
      assert.equal(test(source, text), false, source);
    }
  });

  it('are in the syntax of Python', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['(?P<name>tr)ain', 'my train', true],
      ['(?i)TRAIN', 'train', true],
      ['(?i)[a-z]+!', 'ABC!', true],
      ['(?i)é', 'É', true],
      ['\\Atrain\\Z', 'train', true],
      ['\\Atrain\\Z', 'a train', false],
      ['a{,2}b', 'b', true],
      ['^a{,2}b', 'aaab', false],
      ['a{x}', 'a{x}', true],
      ['[]a]', ']', true],
      ['[^]a]', 'a]', false],
      ['[a\\]-]', '-', true],
      ['\\w', 'é', true],
      ['^.$', '😀', true],
      ['[😀-😂]', '😁', true],
      ['\\u00e9', 'é', true],
      ['^$', '', true],
      ['', 'anything', true],
      ['a||b', 'zzz', true],
    ];
    for (const [source, text, expected] of cases)
      assert.equal(test(source, text), expected, source);
  });

  it('say what is wrong with them, and where', () => {
    const cases: readonly (readonly [string, RegExp, string])[] = [
      ['ab(c', /closing '\)'/, '(c'],
      ['ab)c', /closes nothing/, ')'],
      ['a[b', /closing '\]'/, '[b'],
      ['a**', /Nothing to repeat/, '*'],
      ['*a', /Nothing to repeat/, '*'],
      ['^*', /Nothing to repeat/, '*'],
      ['a{3,2}', /smaller number first/, 'a{3,2}'],
      ['a{2000}', /at most 1000/, 'a{2000}'],
      ['x(?=a)', /not supported/, '('],
      ['x(?<!a)', /not supported/, '('],
      ['(a)\\1', /\\1 is not supported/, '\\1'],
      ['a\\', /cannot end/, '\\'],
      ['[b-a]', /not a range/, 'b-a'],
      ['((a{100}){100}){100}', /too large/, ''],
      ['('.repeat(60), /nested too deeply|closing/, '('],
      ['a'.repeat(2_000), /at most 1000 characters/, 'a'.repeat(2_000)],
    ];
    for (const [source, message, place] of cases) {
      const problem = compileRegex(source);
      assert.ok(!isRegex(problem), source);
      assert.match(problem.message, message);
      assert.equal(source.slice(problem.from, problem.to), place, source);
    }
  });

  it('never fail otherwise', () => {
    const odd = fc.string({
      unit: fc.constantFrom(...Array.from('ab()[]{}*+?|^$\\.,-:<>P=i!129 dwxu')),
      maxLength: 20,
    });
    fc.assert(
      fc.property(odd, fc.string(), (source, text) => {
        const regex = compileRegex(source);
        if (isRegex(regex)) assert.equal(typeof regex.test(text), 'boolean');
        else assert.ok(0 <= regex.from && regex.from <= regex.to && regex.to <= source.length);
      }),
      { numRuns: 5_000 },
    );
  });
});
