import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';

const house = readFileSync(join(repoRoot, 'docs/development.md'), 'utf8');

test('docs/development.md has one line for every room of src, and for no other', () => {
  const rows = [...house.matchAll(/^\| (`(?:src|…)[^|]*`) +\|/gm)].flatMap((row) =>
    (row[1] ?? '').split(' ').map((name) => name.replaceAll('`', '')),
  );
  const told = rows.map((name) => name.replace('…', 'src/opdef/syntax'));
  const files = globSync('src/**/*.ts', { cwd: repoRoot });
  const rooms = new Set(files.map((file) => file.replaceAll('\\', '/').replace(/\/[^/]+$/, '')));
  assert.deepEqual(told.sort(), [...rooms].sort());
});

test('every file of src and test that a document names is there', () => {
  const gone: string[] = [];
  for (const doc of globSync(['*.md', 'docs/*.md'], { cwd: repoRoot })) {
    const text = readFileSync(join(repoRoot, doc), 'utf8');
    for (const [path] of text.matchAll(/\b(?:src|test|scripts|bench)\/[\w./-]*\w/g)) {
      if (!existsSync(join(repoRoot, path))) gone.push(`${doc}: ${path}`);
    }
  }
  assert.deepEqual(gone, []);
});
