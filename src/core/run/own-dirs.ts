import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeOwnDir, ownDirProblem, requireOwnDir } from '../base/own-dir.ts';
import { unsafe } from '../base/regular-file.ts';
import { isRunId } from './names.ts';
import type { Run } from './types.ts';

/** Directories of a meta that we make and change; those inside others after them. */
const META_DIRS: readonly (readonly string[])[] = [
  ['proc'],
  ['sys'],
  ['log'],
  ['output'],
  ['runyard'],
  ['runyard', 'spool'],
  ['runyard', 'offsets'],
  ['runyard', 'attempts'],
];

/**
 * Why nothing of a run may be changed: a directory of ours is a link, or no directory. A store may
 * come from somebody else, and what is behind a link belongs to somebody else, too (design.md,
 * "What a store may do"). Null when all is well, also where nothing is yet.
 */
export function runDirsProblem({ runsDir, id }: Pick<Run, 'runsDir' | 'id'>): string | null {
  if (!isRunId(id)) return `${JSON.stringify(id)} is not the id of a run`;
  const meta = `${id}.meta`;
  const places = [
    ['.runyard', 'locks', id],
    ['.runyard', 'queue'],
    [`${id}.user`],
    [`${id}.move`],
    [id],
    // A file is no run, and leads nowhere: a person may remove it.
    ...(isFile(join(runsDir, meta)) ? [] : META_DIRS.map((parts) => [meta, ...parts])),
  ];
  for (const parts of places) {
    const problem = ownDirProblem(runsDir, ...parts);
    if (problem !== null) return problem;
  }
  return null;
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Throws `unsafe-path` where {@link runDirsProblem} finds something. Whoever changes a run asks. */
export function requireRunDirs(run: Pick<Run, 'runsDir' | 'id'>): void {
  const problem = runDirsProblem(run);
  if (problem !== null) throw unsafe(problem);
}

/**
 * For whoever writes into the meta directory of a run without its claim. Throws `unsafe-path` when it,
 * or a directory on the way to `parts`, is a link. @returns the directory, which need not exist.
 */
export function requireMetaDir(
  { metaPath }: Pick<Run, 'metaPath'>,
  ...parts: readonly string[]
): string {
  return requireOwnDir(dirname(metaPath), basename(metaPath), ...parts);
}

/**
 * Makes directories in the meta directory of a run, which must exist: a run that was deleted must not
 * be made anew by a late write. Throws as {@link requireMetaDir}, and `ENOENT`.
 */
export function makeMetaDir(run: Pick<Run, 'metaPath'>, ...parts: readonly string[]): string {
  requireMetaDir(run);
  return makeOwnDir(run.metaPath, ...parts);
}
