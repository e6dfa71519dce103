import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hostileRun, json, runId, writeRun } from './run.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

const TOKEN = 'sesame-0123456789';

/** What a run was given beside its values, which no other user may read and nobody prints. */
export const SECRETS: readonly World[] = [
  {
    name: 'tokens in the environment of a run',
    spawned: true,
    build: (setting) => {
      const id = runId(0x7600_0000);
      const env = { API_TOKEN: TOKEN, AWS_SECRET_ACCESS_KEY: TOKEN, DB_PASSWORD: TOKEN };
      writeRun(setting, {
        ...hostileRun(setting, id, 'completed'),
        [`${id}.meta/proc/env.json`]: json(env),
      });
      return [{ id, what: 'tokens in proc/env.json' }];
    },
    secrets: [TOKEN],
  },
  {
    name: 'tokens that a person gives to a run',
    spawned: true,
    build: () => [],
    steps: [
      ['run', 'good', '--env', `API_TOKEN=${TOKEN}`, '--wait'],
      ['show', '1'],
      ['show', '1', '--json'],
      ['run', 'good', '--env', `API_TOKEN=${TOKEN}`, '--preview'],
    ],
    secrets: [TOKEN],
    check: readableByOthers,
  },
];

/** Files with a token that others may read. */
function readableByOthers({ store }: Setting): readonly string[] {
  return readdirSync(store)
    .filter((name) => name.endsWith('.meta'))
    .map((name) => join(store, name, 'proc', 'env.json'))
    .filter((path) => readFileSync(path, 'utf8').includes(TOKEN))
    .filter((path) => (statSync(path).mode & 0o077) !== 0)
    .map((path) => `others may read ${path}`);
}
