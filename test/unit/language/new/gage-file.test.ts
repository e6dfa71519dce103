import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { diskTree } from '../../../../src/core/sourcecode/file-tree.ts';
import { addOperationEdit, newGageFile, STARTER } from '../../../../src/language/new/gage-file.ts';
import { findScripts, type NewOperation } from '../../../../src/language/new/scripts.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import { loadGageFile } from '../../../../src/opdef/gagefile.ts';
import type { GageFormat } from '../../../../src/opdef/syntax/tree.ts';
import { PYTHON } from '../../../helpers/posix.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const FORMATS: readonly GageFormat[] = ['toml', 'yaml', 'json'];

const TRAIN: NewOperation = {
  name: 'train',
  description: 'Says "hello" \\ and 100%: # no comment',
  exec: 'python3 train.py',
  config: 'train.py',
};
const EVALUATE: NewOperation = {
  name: 'evaluate.all',
  description: null,
  exec: 'sh eval.sh',
  config: null,
};

describe('findScripts', () => {
  it('proposes what looks like something to run before its parts', (t) => {
    const dir = tempDir(t);
    writeTree(dir, {
      'train.py': '"""Train a model.\n\nMore."""\n\nlr = 0.1\n\nprint(lr)\n',
      'lib.py': 'def f():\n    return 1\n',
      'tools/report.py': 'import argparse\n',
      'tools/train.py': 'if __name__ == "__main__":\n    pass\n',
      'go fast.sh': '#!/usr/bin/env bash\n# Go fast\necho\n',
      'fit.R': '# Fit it\nx <- 1\n',
      'sim.jl': 'println(1)\n',
      Makefile: 'all:\n',
      '.venv/lib/x.py': 'print(1)\n',
      'tests/test_x.py': 'print(1)\n',
      'a/b/deep.py': 'print(1)\n',
      'a/b/c/deeper.py': 'print(1)\n',
    });
    assert.deepEqual(
      findScripts(diskTree(dir)).map(({ name, description, exec, config, runs }) => [
        name,
        description,
        exec,
        config,
        runs,
      ]),
      [
        ['deep', null, `${PYTHON} a/b/deep.py`, null, true],
        ['fit', 'Fit it', 'Rscript fit.R', null, true],
        ['go-fast', 'Go fast', 'bash "go fast.sh"', null, true],
        ['sim', null, 'julia sim.jl', null, true],
        ['report', null, `${PYTHON} tools/report.py`, null, true],
        ['tools-train', null, `${PYTHON} tools/train.py`, null, true],
        ['train', 'Train a model', `${PYTHON} train.py`, 'train.py', true],
        ['lib', null, `${PYTHON} lib.py`, null, false],
      ],
    );
  });

  it('finds nothing in an empty directory', (t) => {
    assert.deepEqual(findScripts(diskTree(tempDir(t))), []);
  });
});

describe('newGageFile', () => {
  for (const format of FORMATS) {
    it(`writes ${format} that loads as it was meant`, async (t) => {
      const path = join(tempDir(t), `gage.${format}`);
      writeFileSync(path, newGageFile(format, [EVALUATE, TRAIN]));
      const { operations, problems } = await loadGageFile(path);
      assert.deepEqual(problems, []);
      assert.deepEqual(operations, [
        { name: 'evaluate.all', table: { exec: 'sh eval.sh' } },
        {
          name: 'train',
          table: {
            description: TRAIN.description,
            default: true,
            exec: 'python3 train.py',
            config: 'train.py',
          },
        },
      ]);
    });
  }

  it('writes TOML for people', () => {
    assert.equal(
      newGageFile('toml', [STARTER]),
      [
        '# Operations of this project. Run them from the Runyard view.',
        '',
        '[train]',
        'description = "Train the model"',
        'default = true',
        `exec = "${STARTER.exec}"`,
        '',
      ].join('\n'),
    );
  });
});

/** Files that have something already: what is added comes after it, and nothing else changes. */
const PRESENT: Readonly<Record<GageFormat, readonly string[]>> = {
  toml: [
    '',
    '# only a comment',
    '[a]\nexec = "true"\n',
    '[a]\nexec = "true" # last line without an end',
    '[a]\r\nexec = "true"\r\n',
    'a.exec = "true"\n\n[b.exec]\nrun = "true"\n\n',
  ],
  yaml: [
    '',
    '# only a comment\n',
    'a:\n  exec: "true"\n',
    'a:\n  exec: "true" # last',
    '  a:\n    exec: "true"\n',
    'a:\r\n  exec: "true"\r\n',
    'a:\n  exec: |\n    true\n    false\n',
  ],
  json: [
    '',
    '{}',
    '// first\n{\n  // second\n}\n',
    '{\n  "a": { "exec": "true" }\n  // why\n}\n',
    '{"a": {"exec": "true"}}',
    '{\r\n  "a": {"exec": "true"}\r\n}\r\n',
  ],
};

describe('addOperationEdit', () => {
  for (const format of FORMATS) {
    PRESENT[format].forEach((text, i) => {
      it(`adds to ${format} ${i + 1} and leaves the rest as it is`, async (t) => {
        const path = join(tempDir(t), `gage.${format}`);
        const edit = addOperationEdit(parseGageDocument(path, text), EVALUATE);
        writeFileSync(path, text.slice(0, edit.from) + edit.insert + text.slice(edit.to));
        const after = readFileSync(path, 'utf8');
        assert.ok(after.startsWith(text.slice(0, edit.from)) && edit.from === edit.to);
        assert.ok(after.endsWith(text.slice(edit.to)));
        if (text.includes('\r\n')) assert.doesNotMatch(after, /[^\r]\n/);
        const { operations, problems } = await loadGageFile(path);
        assert.deepEqual(problems, []);
        assert.deepEqual(operations.at(-1), {
          name: 'evaluate.all',
          table: { exec: 'sh eval.sh' },
        });
        const before = parseGageDocument(path, text).operations;
        assert.equal(operations.length, before.length + 1);
      });
    });
  }

  it('refuses a name that is taken', () => {
    const document = parseGageDocument('/p/gage.toml', '[train]\nexec = "true"\n');
    assert.throws(() => addOperationEdit(document, TRAIN), /There is an operation "train" already/);
  });

  it('refuses a file that has no place for it', () => {
    const document = parseGageDocument('/p/gage.json', '{"a": {"exec": "true"');
    assert.throws(() => addOperationEdit(document, TRAIN), /no place to add to/);
    const flow = parseGageDocument('/p/gage.yaml', '{a: {exec: "true"}}\n');
    assert.throws(() => addOperationEdit(flow, TRAIN), /no place to add to/);
  });
});
