import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runMetaPath, writeMeta } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { queueDir } from '../../../src/core/status/marks.ts';
import { tempDir } from '../temp.ts';
import { newTestRun } from './runs.ts';

/** Makes a run one that somebody else has put where it is. */
export function receive<T extends Pick<Run, 'metaPath'>>(run: T): T {
  rmSync(runMetaPath(run, 'runyard', 'origin.json'), { force: true });
  return run;
}

/** An entry in the queue as anybody can write it who can write into the store. */
export function forgeEntry(run: Pick<Run, 'runsDir' | 'id'>, name = 'json', more = {}): void {
  mkdirSync(queueDir(run.runsDir), { recursive: true });
  const entry = {
    version: 1,
    priority: 0,
    resources: [],
    stagedUs: 1,
    sinceMs: 1,
    by: 'VS Code',
    env: null,
    ...more,
  };
  writeFileSync(join(queueDir(run.runsDir), `${run.id}.${name}`), JSON.stringify(entry));
}

/** A started run without a supervisor, whose hook makes `canary`. */
export function deadRun(t: TestContext): { readonly run: Run; readonly canary: string } {
  const canary = join(tempDir(t), 'canary');
  const table = { exec: { run: ['true'], finalize: ['touch', canary] } };
  const { run } = newTestRun(t, { command: ['true'], table });
  writeMeta(run, 'staged', '1700000000000000');
  writeMeta(run, 'started', '1700000000000001', { writable: true });
  writeMeta(run, 'proc/lock', '999999999');
  return { run, canary };
}
