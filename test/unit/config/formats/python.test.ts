import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import { parsePython } from '../../../../src/config/formats/python.ts';
import type { Scalar } from '../../../../src/config/formats/scalar.ts';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import type { Json } from '../../../../src/core/data/json.ts';

function read(source: string): Record<string, Scalar> {
  return Object.fromEntries(parsePython(source).values);
}

function set(source: string, values: Record<string, Json>): string {
  return applyEdits(source, parsePython(source).edits(new Map(Object.entries(values))));
}

/** The problems of a source, as `line: message`. */
function problems(source: string): string[] {
  return parsePython(source).problems.map(({ line, message }) => `${String(line)}: ${message}`);
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof RunyardError);
    assert.equal(error.code, 'bad-config');
    return error.message;
  }
  return assert.fail('expected a refusal');
}

const T18 = `
i = 1
f = 1.0
b = True  # flag
s = "Hello"
n = None
l = [1, 1.0, "Hello",
     False]
d = {"i": 1, "f": 1.0, "s": "Hi", "b": False}
`;

describe('reading Python (T18)', () => {
  test('names, lists and dicts at module level', () => {
    assert.deepEqual(read(T18), {
      i: 1n,
      f: 1,
      b: true,
      s: 'Hello',
      n: null,
      'l.0': 1n,
      'l.1': 1,
      'l.2': 'Hello',
      'l.3': false,
      'd.i': 1n,
      'd.f': 1,
      'd.s': 'Hi',
      'd.b': false,
    });
    assert.deepEqual(problems(T18), []);
  });

  test('annotations, signs, parentheses, several statements on a line', () => {
    assert.deepEqual(read('x: int = 123\na=1; b = 2;'), { x: 123n, a: 1n, b: 2n });
    assert.deepEqual(read('a = -1\nb = +True\nc = ~1\nd = 1e-2\ne = - -1\nf = (-(2))\ng = ([3])'), {
      a: -1n,
      b: 1n,
      c: -2n,
      d: 0.01,
      e: 1n,
      f: -2n,
      'g.0': 3n,
    });
  });

  test('what is no literal, or not at module level, is not read', () => {
    const source = [
      'a, b = 1, 2',
      'c = 1,',
      't = (1, 2)',
      'e = ()',
      'u = {1, 2}',
      'g = f"x{a}"',
      'h = "a" "b"',
      'j = int(3)',
      'k = a',
      'm = not a',
      'n = 1 + 1',
      'o = 1 if a else 2',
      'p = [i for i in t]',
      'c += 1',
      'a.x = 1',
      'a[0] = 1',
      'if a:\n    q = 1',
      'for r in t:\n    q = 1',
      'def fn(v=1):\n    q = 1',
      'class C:\n    q = 1',
      'try:\n    q = 1\nexcept E: pass',
      'last = 1',
    ].join('\n');
    assert.deepEqual(read(source), { last: 1n });
  });

  test('stars, comprehensions and keys that are not strings are skipped', () => {
    assert.deepEqual(read('l = [1, *a, *[2], 3, [4, {"k": 5}],]'), {
      'l.0': 1n,
      'l.3': 3n,
      'l.4.0': 4n,
      'l.4.1.k': 5n,
    });
    assert.deepEqual(
      read('d = {1: 2, **e, "a" "b": 3, f"c": 4, k: 5, ("p"): 6, "x": g(), "y": 7}'),
      {
        'd.p': 6n,
        'd.y': 7n,
      },
    );
  });

  test('the last assignment of a name decides', () => {
    assert.deepEqual(read('x = 1\nx = 2\nd = {"a": 1}\nd = {"b": 2}\ny = 3\ny = f(y)'), {
      x: 2n,
      'd.b': 2n,
      y: 3n,
    });
    assert.equal(set('x = 1\nx = 2\n', { x: 3n }), 'x = 1\nx = 3\n');
  });

  test('comments within values, continued lines, form feeds, no last line feed', () => {
    const source =
      'x = (1 # one\n)\ny = \\\n  2\n\f\nl = [ # first\n  3, # three\n  5.\n]\nz = 6.  # six';
    assert.deepEqual(read(source), { x: 1n, y: 2n, 'l.0': 3n, 'l.1': 5, z: 6 });
    assert.equal(
      set(source, { x: 7n, y: 8n, 'l.0': 9n, 'l.1': 10, z: 11 }),
      'x = (7 # one\n)\ny = \\\n  8\n\f\nl = [ # first\n  9, # three\n  10.0\n]\nz = 11.0  # six',
    );
    assert.deepEqual(problems(source), []);
  });

  test('what is indented is never read, also where the grammar loses a block', () => {
    const source =
      'def f():\n    with g() as (a, b), h() as (c, d):\n        x = 1\n    y = 2\n\nz = 3\n';
    assert.deepEqual(read(source), { z: 3n });
    assert.deepEqual(read('x = 1; y = 2\n'), { x: 1n, y: 2n });
  });

  test('a broken file says so and keeps what can be read', () => {
    assert.deepEqual(read('a = 1\nb = = 2\nc = 3\n')['a'], 1n);
    assert.match(problems('a = 1\nb = = 2\n').join(), /^2: Not understood as Python/);
  });
});

describe('writing Python (T18)', () => {
  test('only the literals change, the layout stays', () => {
    const values = {
      i: 11n,
      f: 2.22,
      s: 'Hola',
      'l.1': 22.44,
      'l.2': 'Buenos días',
      'd.b': true,
      'd.s': 'Buenas',
    };
    assert.equal(
      set(T18, values),
      T18.replace('i = 1', 'i = 11')
        .replace('f = 1.0', 'f = 2.22')
        .replace('s = "Hello"', 's = "Hola"')
        .replace('[1, 1.0, "Hello"', '[1, 22.44, "Buenos días"')
        .replace('"s": "Hi", "b": False', '"s": "Buenas", "b": True'),
    );
  });

  test('a string keeps its quotes; None takes anything; anything takes null', () => {
    assert.equal(set("x = 'Hello'", { x: 'Goodbye' }), "x = 'Goodbye'");
    assert.equal(set("x = 'Hello'", { x: `it's "5"` }), `x = 'it\\'s "5"'`);
    assert.equal(set('n = None', { n: "it's" }), 'n = "it\'s"');
    assert.equal(
      set('n = None; m = "a"; k = 1', { n: 2.5, m: null, k: null }),
      'n = 2.5; m = None; k = None',
    );
  });

  test('floats without a literal are written as calls', () => {
    assert.equal(
      set('a = 1.0\nb = 1.0\nc = 1.0', { a: NaN, b: Infinity, c: -Infinity }),
      "a = float('nan')\nb = float('inf')\nc = -float('inf')",
    );
  });

  test('keys that the file does not have are ignored', () => {
    assert.equal(set('x = 1', { y: 2n, 'x.0': 3n }), 'x = 1');
  });
});

describe('defects of Gage that are not copied', () => {
  test('C1: other bases, and a value that Python refuses, cost no other key', () => {
    assert.deepEqual(read('a = 0x1_F\nb = 0o17\nc = 0b11\nd = ~1.0\ne = 0777\nf = 2j\ng = 1'), {
      a: 31n,
      b: 15n,
      c: 3n,
      g: 1n,
    });
    assert.deepEqual(problems('a = 1\nd = ~1.0\nf = 2j'), [
      '2: The value of "d" cannot be read: ~1.0',
      '3: The value of "f" cannot be read: 2j',
    ]);
    assert.equal(set('a = 0x1F', { a: 32n }), 'a = 32');
  });

  test('C2: raw and bytes literals keep their prefix as long as they can', () => {
    assert.deepEqual(read(String.raw`a = r"\d"; b = b"\xe9"; c = u'x'; d = Rb"\x"`), {
      a: '\\d',
      b: '\xe9',
      c: 'x',
      d: '\\x',
    });
    assert.equal(set('a = r"\\d"', { a: '\\w+' }), 'a = r"\\w+"');
    assert.equal(set('a = r"\\d"', { a: 'a"\\b' }), 'a = "a\\"\\\\b"');
    assert.equal(set('a = r"x"', { a: 'ends\\' }), 'a = "ends\\\\"');
    assert.equal(set('b = Rb"x"', { b: '\xe9\n' }), 'b = b"\\xe9\\n"');
    assert.equal(set('b = b"x"', { b: '\xe9\n' }), 'b = b"\\xe9\\n"');
    assert.match(
      refusal(() => set('b = b"x"', { b: '€' })),
      /"b".*bytes/,
    );
  });

  test('C3: triple-quoted strings stay so', () => {
    assert.deepEqual(read('x = """a"""\ny = \'\'\'b\nc\\\nd\'\'\''), { x: 'a', y: 'b\ncd' });
    assert.equal(set('x = """a"""', { x: 'b\n"c"' }), 'x = """b\n"c\\""""');
    assert.equal(set('x = """a"""', { x: '""""' }), 'x = """\\"\\""\\""""');
  });

  test('C4: no change of value is no change of bytes', () => {
    const source =
      'a = 1e-4\nb = 1_000\nc = 1.50\nd = .5\ne = - -1\nf = 1e400\ng = 0x10\nh = r"a"\n' +
      'i = """a"""\r\nj = "\\x41"\nk = 5.\nl = b"a"\nm = +True\nn = (1)\no = -0.0\n';
    assert.equal(set(source, read(source)), source);
    assert.equal(set(source, { a: 1e-4, b: 1000, e: 1, j: 'A', m: 1n }), source);
    assert.deepEqual(parsePython(source).edits(new Map(Object.entries(read(source)))), []);
  });

  test('C5: a value becomes the type of its literal, or is refused by name', () => {
    assert.equal(
      set('s = "a"; t = "a"; u = "a"', { s: 5n, t: true, u: 0.5 }),
      's = "5"; t = "True"; u = "0.5"',
    );
    assert.equal(
      set('f = 1.0; i = 1; j = 1', { f: 2n, i: 1e3, j: 0.5 }),
      'f = 2.0; i = 1000; j = 0.5',
    );
    assert.equal(set('b = True', { b: 'False' }), 'b = False');
    assert.match(
      refusal(() => set('i = 1', { i: 'abc' })),
      /^"abc" does not fit "i"/,
    );
    assert.match(
      refusal(() => set('i = 1', { i: true })),
      /does not fit "i"/,
    );
    assert.match(
      refusal(() => set('b = True', { b: 1n })),
      /does not fit "b"/,
    );
    assert.match(
      refusal(() => set('f = 1.0', { f: 10n ** 400n })),
      /does not fit "f"/,
    );
    assert.match(
      refusal(() => set('s = "a"', { s: [1n] })),
      /does not fit "s"/,
    );
  });

  test('C6: line feeds, backslashes and what is invisible are escaped', () => {
    assert.equal(set('s = "a"', { s: 'a\n\\b\t\0\u200b😀' }), 's = "a\\n\\\\b\\t\\x00\\u200b😀"');
  });

  test('C7: a part of a chain can be set alone', () => {
    assert.equal(set('a = b = 1', { a: 5n }), 'a = 5; b = 1');
    assert.equal(set('a = b = 1', { b: 5n }), 'a = 1; b = 5');
    assert.equal(set('a = b = 1', { a: 5n, b: 5n }), 'a = b = 5');
    assert.equal(set('a = b = c = 1  # x', { a: 2n, c: 3n }), 'a = 2; b = 1; c = 3  # x');
    assert.equal(
      set('a = o.x = [1, 2]; z = 1', { 'a.1': 3n, z: 4n }),
      'a = [1, 3]; o.x = [1, 2]; z = 4',
    );
    assert.deepEqual(read('a = 5; b = 1'), { a: 5n, b: 1n });
  });

  test('C8: CRLF stays', () => {
    assert.equal(
      set('x = 1\r\ns = """a\r\nb"""\r\n', { x: 2n, s: 'c\nd' }),
      'x = 2\r\ns = """c\r\nd"""\r\n',
    );
    assert.deepEqual(read('s = """a\r\nb"""\r\n'), { s: 'a\nb' });
  });

  test('C9: a key with two values is reported', () => {
    const source = 'd = {"a.b": 1, "a": {"b": 2}}';
    assert.deepEqual(read(source), { 'd.a.b': 2n });
    assert.deepEqual(problems(source), ['1: "d.a.b" has two values, the last counts']);
    assert.equal(set(source, { 'd.a.b': 3n }), 'd = {"a.b": 1, "a": {"b": 3}}');
  });

  test('C11: a list or a table is no value, and refused by name', () => {
    for (const value of [[1n, 2n], {}, []]) {
      for (const source of ['s = "a"', 's = None', 's = 1.5']) {
        assert.match(
          refusal(() => set(source, { s: value })),
          /does not fit "s": config values are single values/,
        );
      }
    }
  });

  test('a character name is reported, not misread', () => {
    assert.deepEqual(problems('a = "\\N{DASH}"'), [
      '1: The value of "a" cannot be read: "\\N{DASH}"',
    ]);
    const long = `"\\N{DASH}${'-'.repeat(1000)}"`;
    assert.deepEqual(problems(`a = ${long}`), [
      `1: The value of "a" cannot be read: ${long.slice(0, 60)}…`,
    ]);
  });
});
