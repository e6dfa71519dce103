import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMetaPath } from '../../../src/core/run/run.ts';
import type { Run } from '../../../src/core/run/types.ts';
import { queueDir } from '../../../src/core/status/marks.ts';

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
