import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  entryOf,
  parseGageDocument,
  rangeAt,
  stringsOf,
  valueAt,
  type GageDocument,
} from '../../../src/opdef/document.ts';
import { loadGageFile } from '../../../src/opdef/gagefile.ts';
import type { GageFormat } from '../../../src/opdef/syntax/tree.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const TEXTS: Readonly<Record<GageFormat, string>> = {
  toml:
    '"$runs-dir" = "runs"\n\n[train]\nexec = "python3 train.py"\nsourcecode = ["*.py", "-data dir"]\n\n' +
    '[eval]\nexec = {run = "b"}\n',
  yaml:
    '$runs-dir: runs\n\ntrain:\n  exec: python3 train.py\n  sourcecode: ["*.py", "-data dir"]\n\n' +
    'eval:\n  exec: {run: b}\n',
  json:
    '{\n  "$runs-dir": "runs",\n  "train": {\n    "exec": "python3 train.py",\n' +
    '    "sourcecode": ["*.py", "-data dir"]\n  },\n  "eval": {"exec": {"run": "b"}}\n}\n',
};

function slice({ text }: GageDocument, range: { from: number; to: number }): string {
  return text.slice(range.from, range.to);
}

describe('the model of a Gage file', () => {
  for (const format of ['toml', 'yaml', 'json'] as const) {
    const document = parseGageDocument(`gage.${format}`, TEXTS[format]);
    const [train, evaluate] = document.operations;

    test(`${format}: operations and settings`, () => {
      assert.deepEqual(
        document.operations.map(({ opdef }) => opdef),
        [
          {
            name: 'train',
            table: { exec: 'python3 train.py', sourcecode: ['*.py', '-data dir'] },
          },
          { name: 'eval', table: { exec: { run: 'b' } } },
        ],
      );
      assert.deepEqual(
        document.settings.map(({ key }) => key),
        ['$runs-dir'],
      );
    });

    test(`${format}: where they are`, () => {
      assert.ok(train !== undefined && evaluate !== undefined, 'two operations');
      assert.equal(slice(document, train.nameRange).replaceAll('"', ''), 'train');
      const text = slice(document, train.range);
      assert.match(text, /^(?:\[train\]|train:|"train":)/);
      assert.match(text, /-data dir"\](?:\s*\})?$/);
      assert.doesNotMatch(slice(document, evaluate.range), /train/);
    });

    test(`${format}: values by their path`, () => {
      const table = train?.table ?? null;
      assert.deepEqual(
        stringsOf(valueAt(table, 'sourcecode')).map(({ value }) => value),
        ['*.py', '-data dir'],
      );
      assert.deepEqual(
        stringsOf(valueAt(table, 'exec')).map(({ value }) => value),
        ['python3 train.py'],
      );
      assert.deepEqual(stringsOf(null), []);
      const item = valueAt(table, 'sourcecode', 1);
      assert.equal(item === null ? null : slice(document, item.range), '"-data dir"');
      assert.equal(valueAt(table, 'sourcecode', 2), null);
      assert.equal(valueAt(table, 'exec', 'run'), null);
      assert.equal(entryOf(table, 'nothing'), null);
      assert.equal(valueAt(evaluate?.table ?? null, 'exec', 'run')?.kind, 'scalar');
    });

    test(`${format}: the place of a path, as far as there is one`, () => {
      const at = (...path: (string | number)[]): string => slice(document, rangeAt(document, path));
      assert.equal(at('train', 'exec').replaceAll('"', ''), 'exec');
      assert.equal(at('train', 'sourcecode', 0), '"*.py"');
      assert.equal(at('train', 'nothing', 1).replaceAll('"', ''), 'train');
      assert.equal(at(), '');
    });
  }

  test('a name given twice is there twice; of a key given twice the last counts', () => {
    const text = 'a:\n  exec: x\n  exec: y\na:\n  exec: z\n';
    const { operations } = parseGageDocument('gage.yaml', text);
    assert.deepEqual(
      operations.map(({ opdef }) => opdef.table),
      [{ exec: 'y' }, { exec: 'z' }],
    );
  });

  test('what has no table yet is an operation without one', () => {
    for (const [name, text] of [
      ['gage.toml', 'tra'],
      ['gage.yaml', 'tra'],
      ['gage.json', '{"tra"'],
      ['gage.yaml', 'tra: 1'],
    ] as const) {
      const { operations } = parseGageDocument(name, text);
      assert.deepEqual(
        operations.map(({ name: one, table, opdef }) => [one, table, opdef.table]),
        [['tra', null, {}]],
      );
    }
  });

  test('a name like a property of objects is only a name', () => {
    const { operations } = parseGageDocument('gage.toml', '[__proto__]\n__proto__ = 1\n');
    assert.deepEqual(
      operations.map(({ name, opdef }) => [name, Object.keys(opdef.table)]),
      [['__proto__', ['__proto__']]],
    );
  });

  test('a document of another format is not reused', () => {
    const before = parseGageDocument('gage.yaml', 'a:\n  exec: x\n');
    const after = parseGageDocument('gage.json', '{"b": {}}', before);
    assert.deepEqual(
      after.operations.map(({ name }) => name),
      ['b'],
    );
  });
});

test('problems of a Gage file that loads say where', async (t) => {
  const texts = {
    'gage.toml': '[a]\nexec = 5\n\n["b c"]\n\n[d]\ndepends = [\n  {files = 1},\n]\n',
    'gage.yaml': 'a:\n  exec: 5\n\nb c:\n\nd:\n  depends:\n    - files: 1\n',
    'gage.json': '{\n"a": {\n"exec": 5},\n"b c": {},\n"d": {"depends": [\n\n\n{"files": 1}]}}',
  };
  const places = {
    'gage.toml': ['2:1', '4:2', '8:4'],
    'gage.yaml': ['2:3', '4:1', '8:7'],
    'gage.json': ['3:1', '4:1', '8:2'],
  };
  const dir = writeTree(tempDir(t), texts);
  for (const name of ['gage.toml', 'gage.yaml', 'gage.json'] as const) {
    const { problems } = await loadGageFile(join(dir, name));
    assert.deepEqual(
      problems.map(({ line, column }) => `${String(line)}:${String(column)}`),
      places[name],
      name,
    );
  }
});
