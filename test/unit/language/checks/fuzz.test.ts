import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import type { Diagnostic } from '../../../../src/language/checks/diagnostic.ts';
import { checkProject, checkText } from '../../../../src/language/checks/diagnostics.ts';
import { fixesFor } from '../../../../src/language/fixes/fixes.ts';
import { LanguageProject } from '../../../../src/language/places/project.ts';
import { parseGageDocument, type GageDocument } from '../../../../src/opdef/document.ts';
import { cases } from '../../../helpers/cases.ts';
import { FORMATS, writeGage, type PlainTable } from '../../../helpers/gage/sources.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

/** Checks and fixes together, in texts that are broken anyhow: no single room owns that. */

/** Of everything that is checked something, some of it wrong. */
const SOURCE: PlainTable = {
  '$runs-dir': 'runs',
  train: {
    description: 'Train "it" – ünïcode 🚀',
    version: 1.1,
    default: true,
    exec: { run: 'python3 train.py', finalize: ['rm', '-rf', 'tmp'], fnalize: '' },
    progress: 'tqm',
    sourcecode: ['**/*', '-data', "'my file' size>0", '*.py txt', '-./x dir sentinel=y'],
    config: ['train.py', 'train.py#lr', '#x', { keys: 'data.json#**', rename: 'a=b', prefix: 'p' }],
    depends: [
      { 'run-select': 'op = prepare and started after 2 days ago', files: '*.csv' },
      { files: ['data/*', '/x'], link: true },
      { type: 'runs-summary', 'runs-select': 'status in (completed, error' },
    ],
    'output-summary': '(?m)^x(.*)$',
    listing: { description: ['loss', 'lr'] },
    summary: { filename: 'out.json' },
  },
  'pre pare': { default: true, exec: '' },
};

/** A part of the text goes, and something else comes in its place. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(12),
  insert: fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '=',
      ':',
      '\n',
      '\r\n',
      '#',
      '-',
      '\\',
      '🚀',
    ),
  ),
});

for (const format of FORMATS) {
  const start = writeGage(format, SOURCE);

  test(`property: no edit of a ${format} file makes a check throw or a fix break it`, async (t) => {
    const dir = writeTree(tempDir(t), {
      'train.py': 'lr = 1\nd = {"a": 1}\n',
      'data.json': '{"a": 1}',
      'data/a.csv': 'x',
      '.env': 'x',
    });
    const project = new LanguageProject(dir);
    const path = join(dir, `gage.${format}`);
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const text = edits.reduce((before, { at, length, insert }) => {
          const from = Math.floor(at * before.length);
          return before.slice(0, from) + insert + before.slice(from + length);
        }, start);
        const document = parseGageDocument(path, text);
        const found = [...checkText(document), ...(await checkProject(document, project))];
        for (const diagnostic of found) {
          assertInside(text, diagnostic);
          for (const fix of fixesFor(document, diagnostic, project)) {
            const ordered = [...fix.edits].sort((a, b) => a.from - b.from);
            const after = parseGageDocument(path, applyEdits(text, ordered));
            if (isBroken(document)) continue;
            assert.ok(!isBroken(after), `${diagnostic.message}\n${text}\n-----\n${after.text}`);
          }
        }
      }),
      { numRuns: cases(100, 2000) },
    );
  });
}

function isBroken({ tree }: GageDocument): boolean {
  return tree.problems.some(({ code }) => code === 'syntax');
}

function assertInside(text: string, { range, message }: Diagnostic): void {
  const { from, to } = range;
  assert.ok(
    from >= 0 && from <= to && to <= text.length,
    `${message}: ${String(from)}-${String(to)}`,
  );
  assert.notEqual(message, '');
}
