import { closeSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openNew } from '../base/atomic.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { makeOwnDir, ownDirProblem } from '../base/own-dir.ts';
import { TimeOrderedIds } from './ids.ts';
import { requireRunId } from './names.ts';
import type { Container } from './types.ts';

/**
 * Containers of runs (gage-format.md 1.9): `<id>.move/` holds one empty file per move, and the last
 * name says where the run is. Nothing is renamed, so a move is undone by another move.
 */

export const ACTIVE: Container = 'active';
export const TRASH: Container = 'trash';

const ID_LENGTH = 36;
const ids = new TimeOrderedIds();

/** Where a run is; `active` when it was never moved, also when its moves are behind a link. */
export function containerOf(runsDir: string, id: string): Container {
  return lastMove(runsDir, id)?.slice(ID_LENGTH + 1) ?? ACTIVE;
}

/**
 * Moves a run to a container. Throws `no-run` when its meta is gone, `unsafe-path` when its moves are
 * behind a link.
 */
export function moveRun(runsDir: string, id: string, container: Container): void {
  const meta = join(runsDir, `${requireRunId(id)}.meta`);
  if (!existsSync(meta) && !existsSync(`${meta}.zip`)) {
    throw new RunyardError('no-run', `There is no run ${id} in ${runsDir}`);
  }
  const dir = makeOwnDir(runsDir, `${id}.move`);
  const name = `${ids.next(lastMove(runsDir, id))}-${container}`;
  closeSync(openNew(join(dir, name)));
}

function lastMove(runsDir: string, id: string): string | undefined {
  const dir = `${id}.move`;
  if (ownDirProblem(runsDir, dir) !== null) return undefined;
  let last: string | undefined;
  try {
    for (const name of readdirSync(join(runsDir, dir))) {
      if (name.length > ID_LENGTH && (last === undefined || name > last)) last = name;
    }
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  return last;
}
