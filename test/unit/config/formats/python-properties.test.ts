import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import { parsePython } from '../../../../src/config/formats/python.ts';
import type { Scalar } from '../../../../src/config/formats/scalar.ts';
import { RunyardError } from '../../../../src/core/base/errors.ts';
import { type Json, encodeLine, formatFloat, parseJson } from '../../../../src/core/data/json.ts';
import { cases } from '../../../helpers/cases.ts';
import { PYTHON } from '../../../helpers/posix.ts';
import { WAIT_MS, tempDir } from '../../../helpers/temp.ts';

function read(source: string): Record<string, Scalar> {
  return Object.fromEntries(parsePython(source).values);
}

function set(source: string, values: Record<string, Json>): string {
  return applyEdits(source, parsePython(source).edits(new Map(Object.entries(values))));
}

const stringValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', "'", '\\', '\n', '\r', 'n', 'x4', ' ', 'é'),
    maxLength: 8,
  }),
);
const scalarValue: fc.Arbitrary<Scalar> = fc.oneof(
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  stringValue,
  fc.constant(null),
);
const literal = fc.constantFrom(
  ...[
    '1',
    '-1',
    '0x10',
    '1.5',
    '1e-4',
    '5.',
    'True',
    'None',
    '"a"',
    "'it\\'s'",
    'r"\\d"',
    'u"x"',
    '"""t\nu"""',
  ],
  ...["'''v'''", 'rb"x"', 'b"y"', '(1)', '- -1', 'R"""x\ny"""'],
);

/** A line that holds `x`, the text before its literal and the text after. */
const frame = fc.constantFrom(
  ['x = ', '\n'],
  ['import os\n\nx=', '  # why\ny = 2\n'],
  ['a = 1; x : object = ', '; z = "é"\r\n'],
  ['def f():\n    x = 1\n\nx = ', ''],
);

describe('properties', () => {
  test('what was set is read back, and no other byte changes', () => {
    const numRuns = cases(1000, 20_000);
    let applied = 0;
    fc.assert(
      fc.property(frame, literal, scalarValue, ([before = '', after = ''], token, value) => {
        const source = before + token + after;
        let written: string;
        try {
          written = set(source, { x: value });
        } catch (error) {
          // A value that does not fit is refused; that is another test.
          assert.ok(error instanceof RunyardError && error.code === 'bad-config');
          return;
        }
        applied++;
        const inner = token.startsWith('(') && value !== null && written !== source ? 1 : 0;
        assert.ok(written.startsWith(before + '('.repeat(inner)));
        assert.ok(written.endsWith(')'.repeat(inner) + after));
        const back = read(written)['x'];
        const old = read(source)['x'];
        if (typeof old === typeof value) assert.deepEqual(back, value);
        else if (value === null || old === null) assert.deepEqual(back, value);
        else if (typeof old === 'string') assert.equal(typeof back, 'string');
        else if (typeof old === 'number') assert.equal(back, Number(value));
        else if (typeof old === 'bigint') assert.ok(Number(back) === Number(value));
        else assert.equal(back, value === 'True');
        assert.equal(set(written, { x: back ?? null }), written);
        assert.deepEqual({ ...read(written), x: null }, { ...read(source), x: null });
      }),
      { numRuns },
    );
    assert.ok(applied > numRuns / 3, `only ${String(applied)} values fitted`);
  });

  test('Python reads what was written as the same values', (t) => {
    const dir = tempDir(t);
    const cases = fc
      .sample(fc.tuple(literal, scalarValue), { numRuns: 400, seed: 7 })
      .flatMap(([token, value], i) => {
        const source = `x = ${token}\n`;
        try {
          return [{ name: `m${String(i)}.py`, text: set(source, { x: value }) }];
        } catch {
          return [];
        }
      });
    assert.ok(cases.length > 200);
    for (const { name, text } of cases) writeFileSync(join(dir, name), text);
    const program = [
      'import json, sys, warnings',
      'warnings.simplefilter("ignore")',
      'for name in sys.stdin.read().split():',
      '    env = {}',
      '    exec(compile(open(name, "rb").read(), name, "exec"), env)',
      '    x = env["x"]',
      '    print(json.dumps(x.decode("latin-1") if isinstance(x, bytes) else x))',
    ].join('\n');
    const python = execaSync(PYTHON, ['-c', program], {
      cwd: dir,
      input: cases.map(({ name }) => name).join('\n'),
      timeout: WAIT_MS,
    });
    const lines = python.stdout.split('\n');
    const expected = cases.map(({ text }) => read(text)['x'] ?? null);
    assert.deepEqual(
      lines.map((line) => show(parseJson(line))),
      expected.map(show),
    );
  });
});

function show(value: Json): string {
  return typeof value === 'number' ? formatFloat(value) : encodeLine(value);
}
