import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../../scripts/lib/paths.mts';
import { readConfigFiles } from '../../src/config/config.ts';
import { loadGageFile, resolveOperation } from '../../src/opdef/gagefile.ts';
import { opCommand, opDescription } from '../../src/opdef/table.ts';

/** The project of examples/ as its readers find it: no single room owns that. */
const example = join(repoRoot, 'examples/getting-started');

test('the example project is in order, and its README names every operation', async () => {
  const file = await loadGageFile(join(example, 'gage.toml'));
  const readme = readFileSync(join(example, 'README.md'), 'utf8');
  assert.deepEqual(file.problems, []);
  assert.equal(resolveOperation(file).name, 'train');
  assert.deepEqual(
    file.operations.map((op) => op.name),
    ['hello', 'train', 'best', 'simulate', 'fail'],
  );
  for (const op of file.operations) {
    assert.ok(readme.includes(`| \`${op.name}\` |`), op.name);
    assert.ok(opDescription(op.table) !== null, op.name);
    const script = /^python3 (\w+\.py)$/.exec(String(opCommand(op, example)))?.[1] ?? '';
    assert.notEqual(readFileSync(join(example, script), 'utf8'), '');
    assert.deepEqual((await readConfigFiles(example, op.table)).problems, []);
  }
});

test('the values of the example are its configuration', async () => {
  const file = await loadGageFile(join(example, 'gage.toml'));
  const keys = async (name: string): Promise<string[]> =>
    Object.keys((await readConfigFiles(example, resolveOperation(file, name).table)).values);
  assert.deepEqual(await keys('train'), [
    'lr',
    'epochs',
    'samples',
    'noise',
    'seed',
    'seconds_per_epoch',
  ]);
  assert.deepEqual((await keys('simulate')).slice(-2), ['lattice.width', 'lattice.height']);
});
