import { statSync } from 'node:fs';
import { join } from 'node:path';
import { plural } from '../core/base/words.ts';
import type { StagedDependency } from '../core/meta/depends-file.ts';
import { runTitle } from '../core/run/title.ts';

/** Links that are looked at; more would make showing a run slow. */
const MAX_LINKS = 1000;

/** `prepare kafom-fikud`, `3 project files`, `runs-summary.json of 12 runs`. */
export function dependencyTitle({ type, runs, files }: StagedDependency): string {
  const [run] = runs;
  if (type === 'project-files') return plural(files.length, 'project file');
  if (type === 'run-files') return run === undefined ? 'a run' : runTitle(run);
  return `${files[0] ?? 'summary'} of ${plural(runs.length, 'run')}`;
}

/**
 * What the title does not say, in a few words: how many files, whether they are links, and how
 * many of those are broken because a run or a file is gone.
 */
export function dependencyFacts(dependency: StagedDependency, runDir: string): string {
  const { type, files, link, description } = dependency;
  const broken = brokenLinks(dependency, runDir);
  return [
    type === 'run-files' ? plural(files.length, 'file') : null,
    link ? 'linked' : null,
    broken > 0 ? plural(broken, 'broken link') : null,
    description?.trim().split('\n')[0] ?? null,
  ]
    .filter((part) => part !== null && part !== '')
    .join(', ');
}

function brokenLinks({ link, files }: StagedDependency, runDir: string): number {
  if (!link) return 0;
  return files.slice(0, MAX_LINKS).filter((path) => !leadsSomewhere(join(runDir, path))).length;
}

function leadsSomewhere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
