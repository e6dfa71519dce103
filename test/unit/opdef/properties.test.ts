import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify as stringifyToml } from 'smol-toml';
import { stringify as stringifyYaml } from 'yaml';
import { parseDataFile } from '../../../src/core/data/data-file.ts';
import { isJsonObject, type Json } from '../../../src/core/data/json.ts';
import { jsonOfNode } from '../../../src/opdef/document.ts';
import { parseSyntax } from '../../../src/opdef/parse.ts';
import type { GageFormat, SyntaxTree, ValueNode } from '../../../src/opdef/syntax/tree.ts';
import { cases } from '../../helpers/cases.ts';
import { applyEdit, brokenFiles, editArbitrary } from '../../helpers/gage/broken.ts';
import { gageFileCorpus, rangesOf } from '../../helpers/gage/corpus.ts';

const CORPUS = gageFileCorpus();

/** What the reader for running makes of a text; undefined where it refuses it. */
async function readForRunning(format: GageFormat, text: string): Promise<Json | undefined> {
  try {
    return await parseDataFile(`gage.${format}`, text);
  } catch {
    return undefined;
  }
}

/** The tree says the same as the reader for running, of values and of whether the text is right. */
async function assertAgrees(tree: SyntaxTree): Promise<void> {
  const data = await readForRunning(tree.format, tree.text);
  const errors = tree.problems.filter(
    ({ code, severity }) => severity === 'error' && code !== 'yaml-surprise',
  );
  if (data === undefined) {
    assert.notDeepEqual(errors, [], `no error in ${JSON.stringify(tree.text)}`);
  } else if (isJsonObject(data)) {
    assert.deepEqual(errors, [], tree.text);
    assert.deepEqual(jsonOfNode(tree.root), data, tree.text);
  }
}

function assertRanges(tree: SyntaxTree): void {
  const { length } = tree.text;
  const all = [...rangesOf(tree.root), ...tree.problems.map(({ range }) => range)];
  for (const { from, to } of all) {
    assert.equal(0 <= from && from <= to && to <= length, true, `${String(from)}..${String(to)}`);
  }
}

/** Places in strings are in order and in the string; in a right text they are exact. */
function assertStrings({ root, text, problems }: SyntaxTree): void {
  const isRight = !problems.some(({ severity }) => severity === 'error');
  assertStringsOf(root, text, isRight);
}

function assertStringsOf(node: ValueNode, text: string, isRight: boolean): void {
  if (node.kind === 'list') for (const item of node.items) assertStringsOf(item, text, isRight);
  if (node.kind === 'table') {
    for (const { value } of node.entries) {
      if (value !== null) assertStringsOf(value, text, isRight);
    }
  }
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return;
  const { value, range } = node;
  // A date is told in another form than it is written in.
  if (/^\d+[-:]/.test(text.slice(range.from, range.to))) return;
  let last = range.from;
  for (let index = 0; index <= value.length; index++) {
    const at: number = node.at(index);
    assert.equal(last <= at && at <= range.to, true, text);
    last = at;
    // A letter or digit stands for itself, but as an escape.
    const c = value.charAt(index);
    if (isRight && /\w/.test(c) && text[at] !== '\\')
      assert.equal(text[at], c, `${String(index)} of ${text}`);
  }
}

describe('each file of the corpus', () => {
  for (const { name, format, text } of CORPUS) {
    test(`${name}, with and without a byte order mark and CRLF`, async () => {
      for (const form of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n')]) {
        const tree = parseSyntax(format, form);
        await assertAgrees(tree);
        assertRanges(tree);
        assertStrings(tree);
      }
    });
  }
});

describe('texts with random edits', () => {
  test('agree with the reader for running, and keep their ranges', async () => {
    await fc.assert(
      fc.asyncProperty(brokenFiles, async ({ format, text }) => {
        const tree = parseSyntax(format, text);
        assertRanges(tree);
        assertStrings(tree);
        await assertAgrees(tree);
      }),
      { numRuns: cases(2000, 6000), seed: 1 },
    );
  });

  test('what is read again after a change is as read anew', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CORPUS),
        fc.array(editArbitrary, { minLength: 1, maxLength: 5 }),
        ({ format, text }, edits) => {
          let tree = parseSyntax(format, text);
          for (const edit of edits) {
            const next = applyEdit(tree.text, edit);
            tree = parseSyntax(format, next, tree);
            const anew = parseSyntax(format, next);
            assert.deepEqual(jsonOfNode(tree.root), jsonOfNode(anew.root));
            assert.deepEqual(tree.problems, anew.problems);
            assert.deepEqual([...rangesOf(tree.root)], [...rangesOf(anew.root)]);
          }
        },
      ),
      { numRuns: 500, seed: 2 },
    );
  });
});

describe('generated files', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const content = fc.oneof(
    word,
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom(
      'a: b',
      '# no comment',
      ' x ',
      '',
      'yes',
      '1e-4',
      '010',
      '~',
      'a\nb\n',
      '\t',
      '"',
      "'",
    ),
  );
  const scalar = fc.oneof(content, fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.boolean());
  const value = fc.oneof(scalar, fc.array(content, { maxLength: 4 }), fc.dictionary(word, scalar));
  const files = fc.dictionary(word, fc.dictionary(fc.oneof(word, content), value), { maxKeys: 5 });
  const writers: Readonly<Record<GageFormat, (data: object) => string>> = {
    toml: (data) => stringifyToml(data),
    yaml: (data) => stringifyYaml(data, { version: '1.1', lineWidth: 30 }),
    json: (data) =>
      JSON.stringify(data, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one), 2),
  };
  for (const format of ['toml', 'yaml', 'json'] as const) {
    test(`${format}: values, ranges and places in strings`, async () => {
      await fc.assert(
        fc.asyncProperty(files, async (data) => {
          const text = writers[format](data);
          const tree = parseSyntax(format, text);
          await assertAgrees(tree);
          assertRanges(tree);
          assertStrings(tree);
        }),
        { numRuns: 400, seed: 4 },
      );
    });
  }
});

test('hostile texts come to an end', () => {
  const many = 20_000;
  const texts = [
    '[',
    '{',
    '"',
    "'",
    '"""',
    '[[a',
    'a.',
    '- ',
    '? ',
    '&a *a ',
    'a: {',
    '{"a":',
    '\\',
    '#',
    '\n',
  ];
  for (const format of ['toml', 'yaml', 'json'] as const) {
    for (const piece of texts) {
      for (const text of [piece.repeat(many / 10), `a = ${piece.repeat(many / 10)}`]) {
        const tree = parseSyntax(format, text);
        assert.equal(tree.text, text);
      }
    }
  }
});
