import assert from 'node:assert/strict';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setUserAttributes } from '../../../../src/core/run/attributes.ts';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { RunValuesCache, readRunValues } from '../../../../src/core/status/run-values.ts';
import { listRuns } from '../../../../src/core/store/read.ts';
import { tempDir } from '../../../helpers/temp.ts';
import { makeRunFiles, storeRunId } from '../../../host/runs/stores.ts';

const NONE = { config: {}, metrics: {}, attributes: {} };

interface Made {
  readonly info: RunInfo;
  readonly meta: string;
  readonly runsDir: string;
}

/** One completed run with config, summary and attributes. */
async function makeRun(t: TestContext): Promise<Made> {
  const runsDir = tempDir(t);
  const meta = makeRunFiles(runsDir, 1);
  writeFileSync(join(meta, 'config.json'), '{"lr": 0.5, "epochs": 10}');
  writeFileSync(
    join(meta, 'summary.json'),
    '{"metrics": {"loss": 0.25, "best": {"value": 3, "label": "Best"}, "odd": {}},' +
      ' "attributes": {"note": "fine", "owner": "program"}}',
  );
  setUserAttributes(runsDir, storeRunId(1), { owner: 'ada' });
  const [info] = await listRuns(runsDir);
  assert.ok(info !== undefined);
  return { info, meta, runsDir };
}

describe('values of a run', () => {
  it('are its config, and metrics and attributes of its summary and its people', async (t) => {
    const { info } = await makeRun(t);
    assert.deepEqual(await readRunValues(info), {
      config: { lr: 0.5, epochs: 10n },
      metrics: { loss: 0.25, best: 3n, odd: null },
      attributes: { note: 'fine', owner: 'ada' },
    });
  });

  it('are read as far as they are asked for', async (t) => {
    const { info } = await makeRun(t);
    const all = await readRunValues(info);
    assert.deepEqual(await readRunValues(info, ['config']), { ...NONE, config: all.config });
    const { attributes } = await readRunValues(info, ['attributes']);
    assert.deepEqual(attributes, all.attributes);
    assert.deepEqual(await readRunValues(info, []), NONE);
  });

  it('are empty where files are missing or broken', async (t) => {
    const { info, meta, runsDir } = await makeRun(t);
    writeFileSync(join(meta, 'config.json'), '{"lr": ');
    writeFileSync(join(meta, 'summary.json'), '{"metrics": [1], "attributes": 5}');
    rmSync(join(runsDir, `${info.id}.user`), { recursive: true });
    assert.deepEqual(await readRunValues(info), NONE);
    rmSync(meta, { recursive: true });
    assert.deepEqual(await readRunValues(info), NONE);
    writeFileSync(`${meta}.zip`, 'not a zip');
    const zip: RunInfo = { ...info, metaForm: 'zip', metaPath: `${meta}.zip` };
    assert.deepEqual(await readRunValues(zip), NONE);
  });
});

describe('the cache of values', () => {
  /** Changes a file behind the back of everybody: no time of a directory changes. */
  function rewrite(path: string, text: string): void {
    writeFileSync(path, text);
  }

  it('reads a run that has ended once, and parts that were not asked for later', async (t) => {
    const { info, meta } = await makeRun(t);
    const cache = new RunValuesCache();
    const first = await cache.read(info, ['config']);
    rewrite(join(meta, 'config.json'), '{"lr": 1.5}');
    assert.equal(await cache.read(info, ['config']), first);
    const both = await cache.read(info, ['metrics']);
    assert.equal(both.metrics['loss'], 0.25);
    rewrite(join(meta, 'summary.json'), '{}');
    assert.equal(await cache.read(info, ['config', 'metrics']), both);
  });

  it('reads again when the meta directory or the attributes have changed', async (t) => {
    const { info, meta, runsDir } = await makeRun(t);
    const cache = new RunValuesCache();
    await cache.read(info);
    setUserAttributes(runsDir, info.id, { owner: 'bob' });
    utimesSync(join(runsDir, `${info.id}.user`), 1, 1);
    assert.equal((await cache.read(info)).attributes['owner'], 'bob');
    rewrite(join(meta, 'config.json'), '{"lr": 1.5}');
    utimesSync(meta, 1, 1);
    assert.equal((await cache.read(info)).config['lr'], 1.5);
  });

  it('does not keep what a run that is not final says', async (t) => {
    const { info, meta } = await makeRun(t);
    const cache = new RunValuesCache();
    const running: RunInfo = { ...info, status: 'running' };
    await cache.read(running);
    rewrite(join(meta, 'config.json'), '{"lr": 1.5}');
    assert.equal((await cache.read(running)).config['lr'], 1.5);
  });
});
