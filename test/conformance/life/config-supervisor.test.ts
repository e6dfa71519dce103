import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { JsonObject } from '../../../src/core/data/json.ts';
import { launchSupervisor } from '../../../src/core/launch/launch.ts';
import { runStatus } from '../../../src/core/life/start.ts';
import type { Run, RunConfig } from '../../../src/core/run/types.ts';
import { installSupervisor } from '../../../src/extension/processes/supervisor-script.ts';
import { supervisorScript } from '../../helpers/processes/supervisor.ts';
import { newTestRun } from '../../helpers/runs/runs.ts';
import { find, tempDir } from '../../helpers/temp.ts';

const FILES = {
  'a.py': 'lr = 0.1\n',
  'b.yaml': 'train:\n  lr: 0.2 # rate\n',
  'c.toml': 'n = 1\n',
  'd.json': '{"k": "v"}\n',
  'e.ipynb': '{"cells": [{"cell_type": "code", "source": ["x = 1\\n"], "outputs": []}]}\n',
  '.env': 'HOST=here\n',
};
const TABLE: JsonObject = {
  exec: 'true',
  config: ['a.py', 'b.yaml#train.*', 'c.toml', 'd.json', 'e.ipynb', '.env'],
};

async function stage(
  t: Parameters<typeof tempDir>[0],
  config: RunConfig,
): Promise<{ readonly run: Run; readonly message: string | null }> {
  const options = { command: 'true', table: TABLE, files: FILES, config };
  const { run, projectDir } = newTestRun(t, options);
  const launched = await launchSupervisor({
    supervisorPath: await supervisorScript(),
    run,
    action: 'stage',
    projectDir,
  });
  const outcome = await launched.staged;
  return { run, message: outcome.ok ? null : `${outcome.error.code}: ${outcome.message}` };
}

test('the supervisor applies config to files of every format', async (t) => {
  const values = { lr: 0.5, 'train.lr': 0.25, n: 2n, k: 'w', x: 3n, HOST: 'there' };
  const { run, message } = await stage(t, values);
  assert.equal(message, null);
  const text = (path: string): string => readFileSync(join(run.runDir, path), 'utf8');
  assert.deepEqual(Object.keys(FILES).map(text), [
    'lr = 0.5\n',
    'train:\n  lr: 0.25 # rate\n',
    'n = 2\n',
    '{"k": "w"}\n',
    '{"cells": [{"cell_type": "code", "source": ["x = 3\\n"], "outputs": []}]}\n',
    'HOST=there\n',
  ]);
});

test('a value that does not fit ends the staging with its own code and message', async (t) => {
  const { run, message } = await stage(t, { n: 'many' });
  assert.equal(message, 'bad-config: c.toml: "many" does not fit "n": it is a number');
  assert.equal(runStatus(run), 'pending');
});

test('what the supervisor loads later is installed with it', async (t) => {
  const dir = tempDir(t);
  const path = installSupervisor(await supervisorScript(), dir, '1.2.3');
  assert.match(path, /supervisor[\\/]1\.2\.3-[0-9a-f]{8}[\\/]supervisor\.cjs$/);
  assert.deepEqual(
    find(dir).map((name) => name.split('/').at(-1)),
    ['optuna_adapter.py', 'supervisor-config.cjs', 'supervisor.cjs'],
  );
  assert.equal(installSupervisor(await supervisorScript(), dir, '1.2.3'), path);
});
