import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldingOf } from '../../../../src/language/navigation/folding.ts';
import { symbolsOf, type OutlineSymbol } from '../../../../src/language/navigation/symbols.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import { FORMATS, textOf, type InFormats } from '../../../helpers/gage/text.ts';

const SOURCES: InFormats = {
  toml: `"$runs-dir" = "runs"
# The first
# operation
[prepare]
description = """
Makes the data.
Takes long."""
exec = [
  "make",
  "data",
]

[train]
default = true
[train.exec]
run = "python3 train.py"
finalize = "true"
[[train.depends]]
run-select = "op = prepare"
[[train.depends]]
files = ["a", "b"]
`,
  yaml: `$runs-dir: runs
# The first
# operation
prepare:
  description: |
    Makes the data.
    # No comment
    # this
  exec:
    - make
    - data

train:
  default: true
  exec:
    run: python3 train.py
    finalize: "true"
  depends:
    - run-select: op = prepare
    - files: [a, b]
`,
  json: `{
  "$runs-dir": "runs",
  // The first
  // operation
  "prepare": {
    "description": "Makes the data.\\nTakes long.",
    "exec": [
      "make",
      "data"
    ]
  },
  "train": {
    "default": true,
    "exec": {
      "run": "python3 train.py",
      "finalize": "true"
    },
    "depends": [
      {"run-select": "op = prepare"},
      {"files": ["a", "b"]}
    ]
  }
}
`,
};

function outline(symbols: readonly OutlineSymbol[], indent = ''): readonly string[] {
  return symbols.flatMap(({ name, kind, detail, children }) => [
    `${indent}${kind} ${name}: ${detail}`,
    ...outline(children, `${indent}  `),
  ]);
}

function each(
  symbols: readonly OutlineSymbol[],
  visit: (symbol: OutlineSymbol, parent: OutlineSymbol | null) => void,
  parent: OutlineSymbol | null = null,
): void {
  for (const symbol of symbols) {
    visit(symbol, parent);
    each(symbol.children, visit, symbol);
  }
}

describe('symbols', () => {
  for (const format of FORMATS) {
    test(`are settings and operations with their keys (${format})`, () => {
      const document = parseGageDocument(`gage.${format}`, SOURCES[format]);
      const symbols = symbolsOf(document);
      assert.deepEqual(outline(symbols), [
        'setting $runs-dir: runs',
        'operation prepare: Makes the data.',
        '  key description: Makes the data.',
        '  key exec: make, data',
        'operation train: python3 train.py',
        '  key default: true',
        '  key exec: ',
        '    key run: python3 train.py',
        '    key finalize: true',
        '  key depends: ',
        '    item 1: op = prepare',
        '      key run-select: op = prepare',
        '    item 2: a, b',
        '      key files: a, b',
      ]);
      each(symbols, ({ name, range, selection, kind }, parent) => {
        assert.ok(range.from <= selection.from && selection.to <= range.to, name);
        if (parent !== null)
          assert.ok(parent.range.from <= range.from && range.to <= parent.range.to);
        if (kind !== 'item') assert.equal(textOf(document, selection).replaceAll('"', ''), name);
      });
    });
  }

  const broken: InFormats = {
    toml: '[prepare]\nexec = \nversion = "1\n\n[]\n[train\nexec = "x"\nsou\n["" ]\n',
    yaml: 'prepare:\n  exec:\n  version: "1\n\n\ntrain:\n  exec: x\n  sou\n"": 1\n',
    json: '{"prepare": {"exec": , "version": "1\n},\n"train": {"exec": "x", "sou"}, "": 1',
  };
  for (const format of FORMATS) {
    test(`of broken text are those that parse (${format})`, () => {
      const symbols = symbolsOf(parseGageDocument(`gage.${format}`, broken[format]));
      const names = symbols.map(({ name }) => name);
      assert.ok(names.includes('prepare') && names.includes('train'), names.join());
      each(symbols, ({ name }) => {
        assert.notEqual(name.trim(), '');
      });
    });
  }
});

describe('folding', () => {
  /** First and last line of each range, from 1. */
  const folds: Readonly<Record<string, readonly string[]>> = {
    toml: [
      'comment 2-3',
      'region 4-11',
      'region 5-7',
      'region 8-10',
      'region 13-21',
      'region 15-17',
      'region 18-19',
      'region 18-21',
      'region 20-21',
    ],
    yaml: [
      'comment 2-3',
      'region 4-11',
      'region 5-8',
      'region 9-11',
      'region 13-20',
      'region 15-17',
      'region 18-20',
    ],
    json: [
      'comment 3-4',
      'region 5-10',
      'region 7-9',
      'region 12-21',
      'region 14-16',
      'region 18-20',
    ],
  };
  for (const format of FORMATS) {
    test(`is at operations, values of several lines and comments (${format})`, () => {
      const found = foldingOf(parseGageDocument(`gage.${format}`, SOURCES[format]));
      const shown = found.map(
        ({ kind, startLine, endLine }) => `${kind} ${String(startLine + 1)}-${String(endLine + 1)}`,
      );
      assert.deepEqual([...shown].sort(), [...(folds[format] ?? [])].sort());
    });
  }
});
