import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configFilesOf } from '../../../src/config/files.ts';
import { parsePath } from '../../../src/config/paths.ts';
import { posix } from '../../helpers/posix.ts';
import { linkToDevice, makePipe } from '../../helpers/special-files.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

test('special files are no config files', posix('named pipes'), (t) => {
  const dir = writeTree(tempDir(t), { 'conf/a.json': '{}' });
  makePipe(join(dir, 'conf', 'b.json'));
  linkToDevice(join(dir, 'conf', 'c.json'));
  const found = configFilesOf(dir, [parsePath('conf/*.json')]);
  assert.deepEqual(
    found.map(({ path }) => path),
    ['conf/a.json'],
  );
});

test('directories that all link to each other are not walked for ever', posix('links'), (t) => {
  const dir = tempDir(t);
  const names = 'abcdefghijkl'.split('');
  for (const name of names) {
    mkdirSync(join(dir, 'maze', name), { recursive: true });
    writeFileSync(join(dir, 'maze', name, 'x.json'), '{}');
    for (const other of names) symlinkSync(join('..', other), join(dir, 'maze', name, other));
  }
  assert.throws(() => configFilesOf(dir, [parsePath('maze/**/*.json')]), {
    code: 'bad-pattern',
    message: /"maze\/\*\*\/\*\.json" are looked for among more than 100,000 files and links$/,
  });
});
