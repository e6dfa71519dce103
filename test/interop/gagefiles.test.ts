import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import test, { before } from 'node:test';
import { toPlain } from '../../src/core/data/json.ts';
import type { DiagnosticCode } from '../../src/language/checks/diagnostic.ts';
import { checkGageFile } from '../../src/language/checks/file.ts';
import { LanguageProject } from '../../src/language/places/project.ts';
import { openProject } from '../../src/opdef/project.ts';
import { previewJson, previewOperation } from '../../src/operation/preview.ts';
import { Gage, gageProgram } from '../helpers/gage/gage.ts';
import { tempDir, writeTree } from '../helpers/temp.ts';

/** Runyard's checks and previews beside those of the real Gage 0.1.2, on many Gage files. */

const CORPUS = join(import.meta.dirname, '../fixtures/gagefiles');
const FILES = readdirSync(CORPUS).sort();

/** What Gage's schema and readers can see: the rest needs the project or is advice. */
const SCHEMA_CODES: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>([
  'syntax',
  'duplicate-key',
  'unknown-key',
  'wrong-type',
  'unknown-phase',
  'bad-version',
  'depends-shape',
  'pattern-syntax',
]);

/** Where the verdicts differ on purpose, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'config-mixed.yaml': "Gage's code takes paths and tables in one list, its schema does not",
  'empty.yaml': 'a file without operations is no mistake in any format',
  'listing.toml': "Gage's code reads listing, its schema does not know it",
  'output-summary.toml': "Gage's code reads output-summary, its schema does not know it",
  'version.toml': "Gage's code reads version, its schema does not know it",
  'version-number.yaml': "Gage's code reads version, its schema does not know it",
};

let program = '';
/** Previews that Gage could make. */
let compared = 0;
before(async () => {
  program = await gageProgram();
});

/** A project with files of every kind that patterns tell apart. */
function makeProject(t: Parameters<typeof tempDir>[0], file: string): string {
  const dir = tempDir(t);
  writeTree(dir, {
    'train.py': 'lr = 0.1\nepochs = 3\nseed = 1\n',
    'train1.py': 'x = 1\n',
    'prepare.py': 'y = 2\n',
    'lib/util.py': 'z = 3\n',
    'lib/util[s].py': 'z = 3\n',
    'lib/deep/er/x.py': 'z = 3\n',
    'data/a.csv': 'a,b\n1,2\n',
    'data/deep/b.csv': 'a,b\n1,2\n',
    'data/blob.bin': '\0\u0001\u0002',
    'notes.md': '# Notes\n',
    'größe.txt': 'ü\n',
    'with space.txt': 'words\n',
    '-odd.txt': 'odd\n',
    'summary.json': '{}',
    '.hidden/x.py': 'h = 1\n',
    '.env': 'SECRET=1\n',
    'venv/bin/activate': 'true\n',
    'venv/lib/site.py': 's = 1\n',
    'skip/.nocopy': '',
    'skip/me.py': 's = 1\n',
    'large.txt': 'x'.repeat(100_000),
  });
  copyFileSync(join(CORPUS, file), join(dir, `gage${extname(file)}`));
  return dir;
}

test('the corpus is large enough to mean something', () => {
  assert.ok(FILES.length >= 40);
  for (const name of Object.keys(DIFFERENT)) assert.ok(FILES.includes(name), name);
});

for (const file of FILES) {
  test(`gage check: ${file}`, async (t) => {
    const dir = makeProject(t, file);
    const path = join(dir, `gage${extname(file)}`);
    const { code } = await new Gage(program, dir).run('check', path);
    const { diagnostics } = await checkGageFile(path, new LanguageProject(dir));
    const faults = diagnostics.filter(
      ({ code: kind, severity }) => severity === 'error' && SCHEMA_CODES.has(kind),
    );
    const told = faults.map((one) => `${one.code}: ${one.message}`).join('\n');
    assert.ok(code === 0 || code === 1);
    if (file in DIFFERENT) {
      assert.notEqual(code === 0, faults.length === 0, 'the verdicts agree by now');
    } else {
      assert.equal(code === 0, faults.length === 0, told || 'Gage refuses it, Runyard does not');
    }
  });

  test(`gage run --preview: ${file}`, async (t) => {
    const dir = makeProject(t, file);
    const project = await openProject(dir, { env: {} });
    const gage = new Gage(program, dir);
    for (const { name } of project.gageFile?.operations ?? []) {
      const { code, stdout } = await previewOf(gage, name);
      if (code !== 0) continue;
      const theirs: unknown = JSON.parse(stdout);
      compared++;
      const ours = toPlain(previewJson(await previewOperation(project, name)));
      assert.deepEqual(sourcecodeOf(ours), sourcecodeOf(theirs), name);
    }
  });
}

test('enough previews were compared', () => {
  assert.ok(compared >= 40, String(compared));
});

/** What `gage run OP --preview --json` prints; a traceback counts as a refusal. */
async function previewOf(
  gage: Gage,
  name: string,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  try {
    return await gage.run('run', name, '--preview', '--json');
  } catch (error) {
    if (error instanceof Error && error.message.includes('traceback')) {
      return { code: null, stdout: '' };
    }
    throw error;
  }
}

function sourcecodeOf(value: unknown): unknown {
  assert.ok(typeof value === 'object' && value !== null && 'sourcecode' in value);
  return value.sourcecode;
}
