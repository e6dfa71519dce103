import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readBatchFile } from '../../../src/batch/table/batch-files.ts';
import { formatOf } from '../../../src/config/formats/formats.ts';
import { loadGageFile } from '../../../src/opdef/gagefile.ts';
import { formatOfGageFile, parseSyntax } from '../../../src/opdef/parse.ts';
import type { SyntaxProblem } from '../../../src/opdef/syntax/tree.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const DEEP = 100_000;
const nested = (open: string, close = '', inner = ''): string =>
  open.repeat(DEEP) + inner + close.repeat(DEEP);

/** What no stack is deep enough for, by the name of the file that it is in. */
const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['gage.toml', `x = ${nested('[', ']')}`],
  ['gage.toml', `x = ${nested('{a=', '}', '1')}`],
  ['gage.toml', `x${nested('.a')} = 1`],
  ['gage.toml', `[x${nested('.a')}]\ny = 1`],
  ['gage.yaml', `x: ${nested('[', ']')}`],
  ['gage.yaml', `x: ${nested('[')}`],
  ['gage.yaml', `x: ${nested('{a: ', '}', '1')}`],
  ['gage.yaml', nested('- ', '', '1')],
  ['gage.yaml', nested('? ', '', '1')],
  ['gage.json', nested('[', ']')],
  ['gage.json', nested('{"a":', '}', '1')],
];

function problemsOf(name: string, text: string): readonly SyntaxProblem[] {
  const format = formatOfGageFile(name);
  assert.ok(format !== null);
  return parseSyntax(format, text).problems;
}

/** Far below what it takes to parse such a text. Milliseconds. */
const SOON_MS = 5_000;

function within(what: string, start: number): void {
  const ms = performance.now() - start;
  assert.ok(ms < SOON_MS, `${what} took ${String(ms)} ms`);
}

describe('texts that are nested 100,000 levels deep are refused early, in words', () => {
  for (const [i, [name, text]] of TEXTS.entries()) {
    test(`${name} (${String(i)}): ${text.slice(0, 12)}`, async (t) => {
      const path = join(writeTree(tempDir(t), { [name]: text }), name);
      const start = performance.now();
      assert.match(
        problemsOf(name, text)
          .map(({ message }) => message)
          .join(),
        /nested too deeply/i,
      );
      await assert.rejects(loadGageFile(path), { code: 'bad-gage-file', message: /nest/i });
      within(name, start);
    });
  }

  for (const [name, text] of [
    ...TEXTS,
    ['a.py', `x = ${nested('[', ']')}`],
    ['a.py', `x = ${nested('(', ')')}`],
    ['a.py', `x = ${nested('{1:', '}', '1')}`],
    ['a.ipynb', `{"cells": ${nested('[', ']')}}`],
  ] as const) {
    test(`as config: ${name}: ${text.slice(0, 12)}`, () => {
      const start = performance.now();
      const document = formatOf(name)?.(text);
      assert.match(document?.problems[0]?.message ?? '', /nested too deeply/i);
      within(name, start);
    });
  }

  test('as the cell of a notebook', () => {
    const start = performance.now();
    const cells = [{ cell_type: 'code', source: `x = ${nested('[', ']')}` }];
    const document = formatOf('a.ipynb')?.(JSON.stringify({ cells }));
    assert.equal(document?.values.size, 0);
    within('a.ipynb', start);
  });

  test('as batch files', async (t) => {
    for (const [name, text] of [
      ['a.json', nested('[', ']')],
      ['a.yaml', nested('[', ']')],
    ] as const) {
      const path = join(writeTree(tempDir(t), { [name]: text }), name);
      await assert.rejects(readBatchFile(path), { code: 'bad-config', message: /nest/i });
    }
  });

  test('aliases that expand without end are refused, too', async (t) => {
    const rows = 'bcdefghijk'.split('').map((c, i) => {
      const before = 'abcdefghij'[i] ?? '';
      return `${c}: &${c} [${Array(9).fill(`*${before}`).join(', ')}]`;
    });
    const text = `a: &a [${Array(9).fill('x').join(', ')}]\n${rows.join('\n')}\n`;
    const path = join(writeTree(tempDir(t), { 'gage.yaml': text }), 'gage.yaml');
    const start = performance.now();
    assert.ok(problemsOf('gage.yaml', text).length > 0);
    await assert.rejects(loadGageFile(path), { code: 'bad-gage-file', message: /alias/ });
    assert.equal(formatOf('a.yaml')?.(text).values.size, 9);
    within('aliases', start);
  });
});
