import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { stageRun } from '../../../../src/core/life/stage.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import {
  DEFAULT_SOURCE_PATTERNS,
  sourcecodePatterns,
} from '../../../../src/core/sourcecode/patterns.ts';
import { selectSourceFiles } from '../../../../src/core/sourcecode/select.ts';
import { newTestRun } from '../../../helpers/runs/runs.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

async function select(dir: string, patterns: readonly string[]): Promise<readonly string[]> {
  return (await selectSourceFiles(dir, patterns)).files.map((file) => file.path);
}

/** The project of gage-format.md T16. */
function sample(t: TestContext): string {
  return writeTree(tempDir(t), {
    '.gitignore': '*.pyc\n',
    'data.txt': 'some data\n',
    'gage.toml': '[hello]\nexec = "python hello_world.py"\n',
    'hello_world.py': 'print("hello")\n',
    'hello_world.pyc': '\0\0\0',
  });
}

test('T16: defaults take text files', async (t) => {
  assert.deepEqual(await select(sample(t), sourcecodePatterns({})), [
    '.gitignore',
    'data.txt',
    'gage.toml',
    'hello_world.py',
  ]);
});

test('T16: one include', async (t) => {
  assert.deepEqual(await select(sample(t), sourcecodePatterns({ sourcecode: '*.py' })), [
    'hello_world.py',
  ]);
});

test('T16: an exclude follows the defaults', async (t) => {
  const selection = await selectSourceFiles(
    sample(t),
    sourcecodePatterns({ sourcecode: '-data.txt' }),
  );
  assert.deepEqual(selection.patterns, [...DEFAULT_SOURCE_PATTERNS, '-data.txt']);
  assert.deepEqual(
    selection.files.map((file) => file.path),
    ['.gitignore', 'gage.toml', 'hello_world.py'],
  );
});

test('T16: everything, and nothing', async (t) => {
  const dir = sample(t);
  assert.equal((await select(dir, ['**/*'])).length, 5);
  assert.deepEqual(await select(dir, sourcecodePatterns({ sourcecode: false })), []);
});

test('T16: what the defaults leave out and take in', async (t) => {
  const dir = writeTree(tempDir(t), {
    'big.txt': 'x'.repeat(100_000),
    'fits.txt': 'x'.repeat(99_999),
    'summary.json': '{}',
    'sub/summary.json': '{}',
    '.hid/x': 'x',
    'venv/bin/activate': '',
    'venv/lib/a.py': '',
    'skip/.nocopy': '',
    'skip/a.py': '',
    'a/.deep/x.py': '',
    '.env': 'TOKEN=1',
  });
  assert.deepEqual(await select(dir, DEFAULT_SOURCE_PATTERNS), [
    '.env',
    'fits.txt',
    'sub/summary.json',
  ]);
});

test('T16: without source code the run directory is made for the first command', async (t) => {
  const table = { sourcecode: false, exec: { 'stage-sourcecode': 'pwd' } };
  const { run } = newTestRun(t, { command: 'true', table });
  await stageRun(run, tempDir(t));
  assert.equal(
    readFileSync(runMetaPath(run, 'output', '10_sourcecode'), 'utf8'),
    `${run.runDir}\n`,
  );
});
