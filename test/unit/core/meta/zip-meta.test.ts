import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { unzipMeta } from '../../../../src/core/meta/unzip-meta.ts';
import { zipMeta } from '../../../../src/core/meta/zip-meta.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import { posix } from '../../../helpers/posix.ts';
import { newTestRun } from '../../../helpers/runs/runs.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('a zip keeps secrets for the owner', posix('permission bits'), async (t) => {
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  for (const [env, mode, zipMode] of [
    [{ HF_TOKEN: 'x' }, '400', '600'],
    [{ A: 'x' }, '444', '644'],
  ] as const) {
    const { run } = newTestRun(t, { command: ['true'], env });
    assert.equal(modeOf(runMetaPath(run, 'proc', 'env.json')), mode);
    await zipMeta(run);
    assert.equal(modeOf(`${run.metaPath}.zip`), zipMode);
    await unzipMeta(run);
    assert.equal(modeOf(runMetaPath(run, 'proc', 'env.json')), mode);
    assert.equal(modeOf(runMetaPath(run, 'config.json')), '444');
  }
});
