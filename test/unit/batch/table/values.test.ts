import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { literal } from '../../../../src/batch/table/literal.ts';
import { parseSweep, SweepError, type SweepValue } from '../../../../src/batch/table/values.ts';
import { parseValue } from '../../../../src/config/flags.ts';
import { formatFloat, type Json } from '../../../../src/core/data/json.ts';

/** Values of a batch as typed (guild-format.md 2.1, 2.2, 2.5). */

function values(text: string): Json {
  const sweep = parseSweep(text);
  assert.equal(sweep.kind, 'list', text);
  return plain(sweep);
}

function plain(sweep: SweepValue): Json {
  if (sweep.kind === 'value') return sweep.value;
  if (sweep.kind === 'list') return sweep.values.map(plain);
  return { name: sweep.name, args: sweep.args, initial: sweep.initial };
}

function failure(text: string): SweepError {
  try {
    parseSweep(text);
  } catch (error) {
    assert.ok(error instanceof SweepError, `${text}: ${String(error)}`);
    assert.equal(error.code, 'bad-config');
    return error;
  }
  return assert.fail(`${text} is taken`);
}

describe('sequences (guild-format.md 8, case 10)', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['range[1:5]', [1n, 2n, 3n, 4n, 5n]],
    ['range[0:5:2]', [0n, 2n, 4n]],
    ['range[5:1:-1]', [5n, 4n, 3n, 2n, 1n]],
    ['range[10]', [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]],
    ['linspace[1:10]', [1, 3.25, 5.5, 7.75, 10]],
    ['logspace[0:3:4:2]', [1, 2, 4, 8]],
    ['range[0.5]', [0]],
    ['range[-0.3:0.3:0.1]', [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]],
    ['range[1:5:1.0]', [1, 2, 3, 4, 5]],
    ['range[1e3:3e3:1e3]', [1000, 2000, 3000]],
    ['range[1_0:3_0:1_0]', [10n, 20n, 30n]],
    ['range[9007199254740993:9007199254740994]', [9007199254740993n, 9007199254740994n]],
    ['linspace[0:1:11]', [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    ['linspace[1:0:3]', [1, 0.5, 0]],
    ['linspace[2:3:1]', [2]],
    ['linspace[2:3:0]', []],
    ['linspace[1e-300:3e-300:3]', [1e-300, 2e-300, 3e-300]],
    ['logspace[-3:-1:3]', [0.001, 0.01, 0.1]],
    ['logspace[-2:2:5:2]', [0.25, 0.5, 1, 2, 4]],
    ['geomspace[1:1000:4]', [1, 10, 100, 1000]],
    ['geomspace[-8:-1:4]', [-8, -4, -2, -1]],
    ['geomspace[3:5:1]', [3]],
  ];
  for (const [text, expected] of cases) {
    test(text, () => {
      assert.deepEqual(values(text), expected);
    });
  }

  test('arguments that are not numbers make a text, and the note names one', () => {
    const sweep = parseSweep('range[foo:bar]');
    assert.deepEqual(sweep, {
      kind: 'value',
      value: 'range[foo:bar]',
      text: 'range[foo:bar]',
      note: "range[foo:bar] is taken as text: 'foo' is not a number",
    });
  });

  test('what cannot be counted is an error', () => {
    const bad: Readonly<Record<string, RegExp>> = {
      'range[]': /0 arguments/,
      'range[1:2:3:4]': /4 arguments/,
      'range[1:5:0]': /step/,
      'range[1:1e9]': /more than/,
      'linspace[1]': /1 arguments/,
      'linspace[0:1:2.5]': /whole number/,
      'linspace[0:1:-1]': /whole number/,
      'linspace[0:1:1000000]': /more than/,
      'logspace[0:400]': /too large/,
      'logspace[0:1:3:-2]': /base/,
      'geomspace[0:1]': /No ratio/,
      'geomspace[-1:1]': /No ratio/,
      'range[0:1e-999]': /too small/,
    };
    for (const [text, message] of Object.entries(bad)) assert.match(failure(text).message, message);
  });

  test('a range of decimals holds exactly the decimals from start to end', () => {
    const decimal = fc.integer({ min: -5000, max: 5000 });
    const step = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(decimal, decimal, step, fc.integer({ min: 0, max: 6 }), (a, b, by, places) => {
        const [from, to] = a <= b ? [a, b] : [b, a];
        const written = (n: number) => (n < 0 ? '-' : '') + decimalText(Math.abs(n), places);
        const expected: number[] = [];
        for (let n = from; n <= to; n += by) expected.push(Number(written(n)));
        const sweep = values(`range[${written(from)}:${written(to)}:${written(by)}]`);
        assert.deepEqual(Array.isArray(sweep) && sweep.map(Number), expected);
      }),
    );
  });

  test('a linspace begins and ends where it says, in even steps', () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((n) => n + 0);
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 2, max: 50 }), (a, b, count) => {
        const sweep = values(`linspace[${formatFloat(a)}:${formatFloat(b)}:${String(count)}]`);
        assert.ok(Array.isArray(sweep));
        const numbers = sweep.map(Number);
        assert.equal(numbers.length, count);
        assert.equal(numbers[0], a);
        assert.equal(numbers.at(-1), b);
        numbers.forEach((n, i) => {
          const even = a + ((b - a) * i) / (count - 1);
          assert.ok(Math.abs(n - even) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));
        });
      }),
    );
  });
});

function decimalText(digits: number, places: number): string {
  const text = String(digits).padStart(places + 1, '0');
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

describe('lists', () => {
  const uniform = { name: 'uniform', args: [0n, 1n], initial: null };
  const cases: readonly (readonly [string, Json])[] = [
    ['[0.1, 0.01]', [0.1, 0.01]],
    [' [ 1 ,2 ] ', [1n, 2n]],
    ['[]', []],
    ['[ ]', []],
    ['[1,]', [1n]],
    ["['', ' a ', \"b, c]\"]", ['', ' a ', 'b, c]']],
    ["[it's, 'x']", ["it's", 'x']],
    ['[true,false,null,None]', [true, false, null, 'None']],
    ['[[64, 32], [8]]', ['[64, 32]', '[8]']],
    ['[data[0,1], b]', ['data[0,1]', 'b']],
    ['[range[1:3], 10]', [1n, 2n, 3n, 10n]],
    ['[range[1:2]*2, linspace[0:1:2]]', [1n, 2n, 1n, 2n, 0, 1]],
    ['[[0:1], 5]', [uniform, 5n]],
    ['[uniform[0:1]]*2', [uniform, uniform]],
    ['uniform[0:1]*2', [uniform, uniform]],
    ['[1,2] * 2', [1n, 2n, 1n, 2n]],
    ['range[1:2]*2', [1n, 2n, 1n, 2n]],
    ['[a]*0', []],
  ];
  for (const [text, expected] of cases) {
    test(text, () => {
      assert.deepEqual(values(text), expected);
    });
  }

  test('an item keeps how it is typed, for string variables', () => {
    const sweep = parseSweep('[007, 1.10, x]');
    assert.ok(sweep.kind === 'list');
    assert.deepEqual(
      sweep.values.map((item) => item.kind === 'value' && item.text),
      ['007', '1.10', 'x'],
    );
  });

  test('errors say where they are', () => {
    const bad: readonly (readonly [string, RegExp, number, number])[] = [
      ['[1,2', /^No \] closes \[1,2$/, 0, 4],
      ['  [1, [2]', /No \]/, 2, 7],
      ['[1,,2]', /missing/, 3, 1],
      ['[,1]', /missing/, 1, 1],
      ['[a] b', /^Text after \[a\]: b$/, 4, 1],
      ['[1]]', /^Text after \[1\]: \]$/, 3, 1],
      ["['a' b]", /closing quotation/, 1, 5],
      ['range[1:3', /^No \] closes range/, 0, 9],
      ['range[1:3]s', /^Text after range\[1:3\]: s$/, 10, 1],
      ['[1,2]*1000000', /More than/, 5, 8],
      ['[1, range[1:2:0]]', /step/, 4, 12],
      ["'a' b", /closing quotation/, 0, 5],
    ];
    for (const [text, message, offset, length] of bad) {
      const error = failure(text);
      assert.match(error.message, message);
      assert.deepEqual([error.offset, error.length], [offset, length], text);
      assert.match(error.hint ?? '', /quotation marks/);
    }
  });
});

describe('functions', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['[0:1]', { name: 'uniform', args: [0n, 1n], initial: null }],
    ['[ 0.5 : 1 ]', { name: 'uniform', args: [0.5, 1n], initial: null }],
    ['[0:10:5]', { name: 'uniform', args: [0n, 10n], initial: 5n }],
    ['uniform[-1:1]', { name: 'uniform', args: [-1n, 1n], initial: null }],
    ['loguniform[1e-5:1:0.1]', { name: 'loguniform', args: [1e-5, 1n], initial: 0.1 }],
  ];
  for (const [text, expected] of cases) {
    test(text, () => {
      const sweep = parseSweep(text);
      assert.equal(sweep.kind, 'function');
      assert.deepEqual(plain(sweep), expected);
    });
  }

  test('bounds have to be in order, and positive for loguniform', () => {
    const bad: Readonly<Record<string, RegExp>> = {
      'loguniform[1.2:1.1]':
        /^The lower bound 1.2 of loguniform\[1.2:1.1\] has to be less than the upper bound 1.1$/,
      '[1:1]': /less than/,
      '[1:2:3:4]': /an initial value/,
      'uniform[1]': /needs a lower and an upper bound/,
      'loguniform[0:1]': /above 0/,
      'uniform[0:1:2]': /initial value .* outside/,
    };
    for (const [text, message] of Object.entries(bad)) assert.match(failure(text).message, message);
  });
});

describe('texts', () => {
  test('what is in quotation marks, or no function, is a text', () => {
    const texts: Readonly<Record<string, string>> = {
      "'[1,2]'": '[1,2]',
      '"range[1:5]"': 'range[1:5]',
      "'uniform[0:1]'": 'uniform[0:1]',
      'data[0]': 'data[0]',
      'a[b]c': 'a[b]c',
      'x range[1:2]': 'x range[1:2]',
      '12:30:00': '12:30:00',
      '{a: [1]}': '{a: [1]}',
      '1*3': '1*3',
    };
    for (const [text, value] of Object.entries(texts)) assert.equal(plain(parseSweep(text)), value);
  });

  test('a name that is nearly known is noted', () => {
    const notes: Readonly<Record<string, string | null>> = {
      'data[0]': 'data[0] is taken as text: there is no function "data"',
      'rnage[1:5]':
        'rnage[1:5] is taken as text: there is no function "rnage" (did you mean range?)',
      'loguniform[a:1]': "loguniform[a:1] is taken as text: 'a' is not a number",
      'loguniform[""[]': `loguniform[""[] is taken as text: '""[' is not a number`,
      'range["1"x:2]': `range["1"x:2] is taken as text: '"1"x' is not a number`,
      "'data[0]'": null,
      data: null,
      'data[0].x': null,
    };
    for (const [text, note] of Object.entries(notes)) {
      const sweep = parseSweep(text);
      assert.equal(sweep.kind === 'value' ? sweep.note : text, note);
    }
  });

  test('what begins with no bracket and no name of a function is read as in a single run', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/^\s*(?:\[|(?:range|linspace|logspace|geomspace|uniform|loguniform)\[)/.test(text));
        assert.deepEqual(
          outcome(() => plain(parseSweep(text))),
          outcome(() => parseValue(text)),
        );
      }),
    );
  });

  test('any text is taken or refused with a place in it', () => {
    const piece = fc.constantFrom(
      ...['[', ']', ',', ':', "'", '"', '*', ' ', '1', '-0.5', '1e3', 'a', 'range', 'uniform'],
      ...['linspace', 'logspace', 'geomspace', 'loguniform', '3', '\\', '.', 'é'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        try {
          parseSweep(text);
        } catch (error) {
          assert.ok(error instanceof SweepError, `${text}: ${String(error)}`);
          assert.ok(error.offset >= 0 && error.length >= 1, text);
          assert.ok(error.offset + error.length <= Math.max(1, text.length), text);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('the text of a value is read as that value', () => {
    const scalar = fc.oneof(
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '[1,2]',
        'range[1:2]',
        '1',
        'true',
        'null',
        '',
        ' a',
        "it's",
        "'",
        '"a"',
        'nan',
      ),
    );
    fc.assert(
      fc.property(scalar, (value) => {
        const holdsBoth = typeof value === 'string' && /'/.test(value) && /"/.test(value);
        const escapes = typeof value === 'string' && value.includes('\\');
        if (holdsBoth || escapes) return;
        assert.deepEqual(plain(parseSweep(literal(value))), value);
      }),
    );
  });

  test('a list of the texts of values is the list of the values', () => {
    const item = fc.oneof(
      fc.bigInt({ min: -1000n, max: 1000n }),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.string().filter((text) => !/[\\'"]/.test(text)),
    );
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const texts = items.map((one) => (typeof one === 'string' ? `'${one}'` : literal(one)));
        assert.deepEqual(values(`[${texts.join(', ')}]`), items);
      }),
    );
  });
});

function outcome(work: () => Json): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

describe('what would fill the memory is refused early, in words', () => {
  for (const [text, message] of [
    ['range[1:1e12]', /more than 100000 values/],
    ['linspace[0:1:1000000000]', /more than 100000 values/],
    ['linspace[0:1:1e9]', /whole number/],
    ['[1, 2]*1000000000', /More than 100000 values/],
    [`[${'range[1:100000], '.repeat(100)}]`, /More than 100000 values/],
    [`range[0:1:0.${'0'.repeat(2000)}1]`, /too many digits/],
    ['['.repeat(100_000), /^No \] closes \[{200}…$/],
  ] as const) {
    test(text.slice(0, 30), () => {
      const start = performance.now();
      assert.throws(() => parseSweep(text), { code: 'bad-config', message });
      assert.ok(performance.now() - start < 5_000);
    });
  }

  test('a value that opens many brackets is a text', () => {
    const text = '{a: '.repeat(100_000);
    const value = parseSweep(text);
    assert.equal(value.kind === 'value' && value.value, text.trimEnd());
  });
});
