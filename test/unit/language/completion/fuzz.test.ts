import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { completionsAt } from '../../../../src/language/completion/completion.ts';
import { hoverAt } from '../../../../src/language/hover/hover.ts';
import { definitionAt } from '../../../../src/language/navigation/definition.ts';
import { foldingOf } from '../../../../src/language/navigation/folding.ts';
import { linksOf } from '../../../../src/language/navigation/links.ts';
import { referencesAt } from '../../../../src/language/navigation/references.ts';
import { renameAt } from '../../../../src/language/navigation/rename.ts';
import { symbolsOf, type OutlineSymbol } from '../../../../src/language/navigation/symbols.ts';
import type { LanguageProject } from '../../../../src/language/places/project.ts';
import { parseGageDocument, type GageDocument } from '../../../../src/opdef/document.ts';
import type { TextRange } from '../../../../src/opdef/syntax/tree.ts';
import { cases } from '../../../helpers/cases.ts';
import { edited, FORMATS, languageProject, type InFormats } from '../../../helpers/gage/text.ts';

/**
 * Completion, hover and navigation are asked together, as an editor asks them, in texts that are
 * broken anyhow: no single room owns that.
 */

const SOURCES: InFormats = {
  toml: `"$runs-dir" = "runs"
# All of it
[prepare]
description = """
Makes
data."""
exec = ["make", "data/a.csv"]
[train]
version = 1
exec.run = "python3 train.py --in data/a.csv"
progress = "tqdm"
sourcecode = ["**/*.py text", "-data dir", '-**/* dir sentinel=x']
config = ["train.py#lr", "src/*.py", "-#depth"]
listing = {description = ["lr", "depth"]}
[[train.depends]]
run-select = "operation == prepare and status in [completed, error]"
files = "data/*.csv"
`,
  yaml: `$runs-dir: runs
# All of it
prepare:
  description: |
    Makes
    data.
  exec: [make, data/a.csv]
train:
  version: 1
  exec:
    run: python3 train.py --in data/a.csv
  progress: tqdm
  sourcecode:
    - "**/*.py text"
    - -data dir
    - '-**/* dir sentinel=x'
  config: [train.py#lr, "src/*.py", "-#depth"]
  listing: &l
    description:
    - lr
    - depth
  depends:
  - run-select: operation == prepare and status in [completed, error]
    files: data/*.csv
other:
  listing: *l
`,
  json: `{
  "$runs-dir": "runs",
  // All of it
  "prepare": {"description": "Makes\\ndata.", "exec": ["make", "data/a.csv"]},
  "train": {
    "version": 1,
    "exec": {"run": "python3 train.py --in data/a.csv"},
    "progress": "tqdm",
    "sourcecode": ["**/*.py text", "-data dir", "-**/* dir sentinel=x"],
    "config": [{"keys": ["train.py#lr", "src/*.py", "-#depth"], "prefix": "p"}],
    "listing": {"description": ["lr", "depth"]},
    "depends": [{"run-select": "operation == prepare and status in [completed, error]", "files": "data/*.csv"}]
  }
}
`,
};

const FILES = {
  'train.py': 'lr = 1\nx = {"y": "z"}\n',
  'src/model.py': 'depth = 3\n',
  'data/a.csv': '1',
  // Windows has no such names.
  ...(process.platform !== 'win32' && {
    'it\'s "a" $name}.py': 'q = 1\n',
    '#odd: name.py': 'q = 1\n',
  }),
};

/** What people type and what parsers trip over. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '"',
      "'",
      '"""',
      '#',
      '\\',
      '[',
      ']',
      '[[',
      '{',
      '}',
      '=',
      ':',
      ',',
      '-',
      '- ',
      '|',
      '&a',
      '*a',
    ],
    ...[
      '\n',
      '\n  ',
      '\r\n',
      '\t',
      '\ufeff',
      '\0',
      '\u{1f600}',
      '\ud800',
      '//',
      '../',
      '$',
      '.',
      '<<: ',
    ],
    ...['train', 'exec', 'operation', '**/', 'train.py#', '- "', '__proto__', '[train.'],
  ),
  fc.string({ maxLength: 4 }),
);
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
  insert: piece,
});
const place = fc.double({ min: 0, max: 1, noNaN: true });

function changed(text: string, changes: readonly { at: number; length: number; insert: string }[]) {
  return changes.reduce((now, { at, length, insert }) => {
    const from = Math.round(at * now.length);
    return now.slice(0, from) + insert + now.slice(from + length);
  }, text);
}

/** Asks everything at one place, and checks what an editor relies on. */
async function askAll(document: GageDocument, offset: number, project: LanguageProject) {
  const { text, lines } = document;
  const isRange = ({ from, to }: TextRange): boolean =>
    0 <= from && from <= to && to <= text.length;
  const completions = await completionsAt(document, offset, project);
  for (const { range, label } of completions) {
    assert.ok(isRange(range) && range.from <= offset && offset <= range.to, label);
    assert.equal(lines.positionAt(range.from).line, lines.positionAt(range.to).line, label);
    assert.notEqual(label, '');
  }
  const hover = await hoverAt(document, offset, project);
  if (hover !== null) assert.ok(isRange(hover.range) && hover.markdown !== '');
  for (const { origin } of await definitionAt(document, offset, project))
    assert.ok(isRange(origin));
  assert.ok(linksOf(document, project).every(({ range }) => isRange(range)));
  assert.ok(referencesAt(document, offset).every(isRange));
  const edits = renameAt(document, offset, 'fresh-name');
  edits.forEach((edit, i) => {
    assert.ok(isRange(edit) && (edits[i - 1]?.to ?? 0) <= edit.from);
  });
  for (const { startLine, endLine } of foldingOf(document)) {
    assert.ok(startLine < endLine && endLine < lines.lineCount);
  }
  const check = ({ name, range, selection, children }: OutlineSymbol): void => {
    assert.ok(name !== '' && isRange(range));
    assert.ok(range.from <= selection.from && selection.to <= range.to);
    for (const child of children) {
      assert.ok(range.from <= child.range.from && child.range.to <= range.to);
      check(child);
    }
  };
  symbolsOf(document).forEach(check);
}

describe('the features of the language', () => {
  for (const format of FORMATS) {
    test(`answer in any broken text (${format})`, async (t) => {
      const project = languageProject(t, FILES);
      const changes = fc.array(change, { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(
          changes,
          fc.array(place, { minLength: 1, maxLength: 4 }),
          async (all, at) => {
            const text = changed(SOURCES[format], all);
            const document = parseGageDocument(`gage.${format}`, text);
            const first = Math.round((all[0]?.at ?? 0) * SOURCES[format].length);
            const near = [first, first + (all[0]?.insert.length ?? 0)];
            for (const offset of [...near, ...at.map((part) => Math.round(part * text.length))]) {
              if (offset <= text.length) await askAll(document, offset, project);
            }
          },
        ),
        { numRuns: cases(100, 2000) },
      );
    });

    test(`answer at every place of a text that is typed from its start (${format})`, async (t) => {
      const project = languageProject(t, FILES);
      const source = SOURCES[format];
      for (let end = 0; end <= source.length; end++) {
        const document = parseGageDocument(`gage.${format}`, source.slice(0, end));
        await askAll(document, end, project);
      }
    });

    test(`what completion writes leaves the text right (${format})`, async (t) => {
      const project = languageProject(t, FILES);
      const source = SOURCES[format];
      const document = parseGageDocument(`gage.${format}`, source);
      assert.deepEqual(document.tree.problems, []);
      for (let offset = 0; offset <= source.length; offset++) {
        for (const { range, insert, snippet, kind } of await completionsAt(
          document,
          offset,
          project,
        )) {
          if (snippet || kind === 'option') continue;
          const text = edited(source, [{ ...range, insert }]);
          const { tree } = parseGageDocument(`gage.${format}`, text);
          const errors = tree.problems.filter(({ code }) => code === 'syntax');
          assert.deepEqual(errors, [], text);
        }
      }
    });
  }
});
