import { basename, dirname } from 'node:path';
import { makeOwnDir, requireOwnDir } from '../../core/base/own-dir.ts';
import type { Run } from '../../core/run/types.ts';

/**
 * Before a batch writes into or removes from `<id>.meta/runyard/` of a run: throws `unsafe-path`
 * when one of the two directories is a link, whose target belongs to somebody else.
 */
export function requireRunyardDir({ metaPath }: Pick<Run, 'metaPath'>): void {
  requireOwnDir(dirname(metaPath), basename(metaPath), 'runyard');
}

/** Makes that directory when it is missing. Throws as {@link requireRunyardDir}. */
export function makeRunyardDir({ metaPath }: Pick<Run, 'metaPath'>): void {
  makeOwnDir(dirname(metaPath), basename(metaPath), 'runyard');
}
