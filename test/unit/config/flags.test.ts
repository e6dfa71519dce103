import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { effectiveConfig } from '../../../src/config/config.ts';
import { parseFlag, parseFlags, parseValue } from '../../../src/config/flags.ts';
import { RunyardError } from '../../../src/core/base/errors.ts';
import type { Json } from '../../../src/core/data/json.ts';

describe('values as typed, beyond T19', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['', ''],
    ['1_000', 1000n],
    ['05', 5n],
    ['+1.', 1],
    ['.5', 0.5],
    ['nan', NaN],
    ['-inf', -Infinity],
    ['+Infinity', Infinity],
    ['0x10', '0x10'],
    ['True', 'True'],
    ['trueish', 'trueish'],
    ['1 2', '1 2'],
    ["it's", "it's"],
    ["'a", "'a"],
    ['"a\\"b"', 'a\\"b'],
    ['123456789012345678901', 123456789012345678901n],
    ['.', '.'],
    ['e5', 'e5'],
    ['1__0', '1__0'],
  ];
  for (const [text, value] of cases) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(parseValue(text), value);
    });
  }

  test('text after a closing quote is an error', () => {
    for (const text of ["'a' b", "'a'b", "'a''b'"]) {
      assert.throws(() => parseValue(text), { code: 'bad-config' }, text);
    }
  });
});

describe('flags, beyond T19', () => {
  test('key and value', () => {
    const read = (source: string): unknown => {
      const { key, value } = parseFlag(source);
      return [key, value];
    };
    assert.deepEqual(read(' é=1 '), ['é', 1n]);
    assert.deepEqual(read('"a=b"=1'), ['a=b', 1n]);
    assert.deepEqual(read('.a=1'), ['.a', 1n]);
  });

  test('what is no flag is refused', () => {
    for (const source of ['a', '=1']) {
      assert.throws(() => parseFlag(source), { code: 'bad-config' }, source);
    }
  });
});

describe('effective config', () => {
  const project = { lr: 0.1, epochs: 10n, name: 'base', tag: 'v1', on: true, limit: null };

  test('given values replace, as the type of what they replace', () => {
    const flags = parseFlags(['lr=1', 'epochs=1e3', 'name=007', 'tag=1.10', 'on=False', 'limit=5']);
    assert.deepEqual(effectiveConfig(project, flags), {
      lr: 1,
      epochs: 1000n,
      name: '007',
      tag: '1.10',
      on: false,
      limit: 5n,
    });
    assert.deepEqual(effectiveConfig(project, { name: 5n, lr: 2n }), {
      ...project,
      name: '5',
      lr: 2,
    });
    assert.deepEqual(effectiveConfig(project, {}), project);
    assert.deepEqual(effectiveConfig(project, parseFlags(['name=null', "tag='null'"])), {
      ...project,
      name: null,
      tag: 'null',
    });
  });

  test('of a key given twice the last counts, measured against the project', () => {
    assert.deepEqual(
      effectiveConfig(project, parseFlags(['epochs=0.5', 'epochs=3']))['epochs'],
      3n,
    );
  });

  test('an unknown key is refused with the likely one', () => {
    const hintFor = (key: string, config: Readonly<Record<string, Json>>): string | undefined => {
      try {
        effectiveConfig(config, { [key]: 1n });
      } catch (error) {
        assert.ok(error instanceof RunyardError);
        assert.equal(error.code, 'bad-config');
        assert.ok(error.message.includes(`"${key}"`));
        return error.hint;
      }
      return assert.fail('expected a refusal');
    };
    assert.equal(hintFor('epohcs', project), 'Did you mean "epochs"?');
    assert.equal(hintFor('Name', project), 'Did you mean "name"?');
    assert.equal(hintFor('zzzzzz', project), 'Known: lr, epochs, name, tag, on, limit');
    assert.match(hintFor('x', {}) ?? '', /has no configuration/);
    assert.match(hintFor('toString', {}) ?? '', /has no configuration/);
  });

  test('a value that does not fit is refused by name', () => {
    assert.throws(() => effectiveConfig(project, parseFlags(['epochs=many'])), {
      code: 'bad-config',
      message: '"many" does not fit "epochs": it is a number',
    });
    assert.throws(() => effectiveConfig(project, parseFlags(['on=1'])), { code: 'bad-config' });
    // C11: a row of a batch may hold one.
    assert.throws(() => effectiveConfig(project, { name: ['a'] }), { code: 'bad-config' });
  });
});
