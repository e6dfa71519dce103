import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repoRoot } from '../../../../scripts/lib/paths.mts';
import { checkGageFile } from '../../../../src/language/checks/file.ts';
import { LanguageProject } from '../../../../src/language/places/project.ts';
import { envWith } from '../../../helpers/gage/text.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

/** The examples that docs/opdef.md gives for each diagnostic. */
const PAGE = readFileSync(join(repoRoot, 'docs/opdef.md'), 'utf8');
const EXAMPLES = [
  ...PAGE.matchAll(/^### `([a-z-]+)`\n(?:(?!^#).*\n)*?```(toml|yaml)\n([^`]*)```$/gm),
];

describe('the example of', () => {
  assert.ok(EXAMPLES.length >= 25, String(EXAMPLES.length));
  for (const [, code = '', format = '', text = ''] of EXAMPLES) {
    test(`${code} shows it, and nothing else`, async (t) => {
      const name = code === 'unsafe-project-dir' ? "it's here" : 'project';
      const dir = writeTree(join(tempDir(t), name), {
        'train.py': 'lr = 0.1\n',
        'table.csv': 'a,b\n',
        'data/words.csv': 'a,b\n',
        'model.bin': '\0',
        ...(code === 'secret-copied' && { '.env': 'TOKEN=1\n' }),
        [`gage.${format}`]: text,
      });
      const path = join(dir, `gage.${format}`);
      const project = new LanguageProject(dir, { env: envWith(t, 'python3') });
      const { diagnostics } = await checkGageFile(path, project);
      assert.deepEqual([...new Set(diagnostics.map((one) => one.code))], [code]);
    });
  }
});
