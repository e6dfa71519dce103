import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readProjectRef, writeProjectRef } from '../../../../src/core/run/project.ts';
import { tempDir, writeTree } from '../../../helpers/temp.ts';

const id = '60a825b1-4196-41ff-af37-e731541cb1e4';

test('T25: references from a run to its project', (t) => {
  const project = tempDir(t);
  const elsewhere = tempDir(t);
  const cases: readonly (readonly [runsDir: string, text: string])[] = [
    [join(project, '.gage', 'runs'), 'file:../..'],
    [join(project, '.runs'), 'file:..'],
    [elsewhere, `file:${project}`],
  ];
  for (const [runsDir, text] of cases) {
    mkdirSync(runsDir, { recursive: true });
    writeProjectRef(runsDir, id, project);
    assert.equal(readFileSync(join(runsDir, `${id}.project`), 'utf8'), text);
    assert.equal(readProjectRef(runsDir, id), project);
  }
});

test('T25: a directory whose name begins like the project is not inside it', (t) => {
  const parent = tempDir(t);
  const project = join(parent, 'proj');
  const runsDir = join(parent, 'proj-runs');
  mkdirSync(runsDir);
  writeProjectRef(runsDir, id, project);
  assert.equal(readProjectRef(runsDir, id), project);
});

test('T25: other references mean that there is no project', (t) => {
  const runsDir = writeTree(tempDir(t), { [`${id}.project`]: 'https://example.org' });
  assert.equal(readProjectRef(runsDir, id), null);
  assert.equal(readProjectRef(runsDir, 'none'), null);
});
