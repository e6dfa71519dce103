import { Pace } from '../core/base/pace.ts';
import { DEPENDS_FILE, parseDependsFile } from '../core/meta/depends-file.ts';
import { openMeta } from '../core/meta/meta.ts';
import { runTitle } from '../core/run/title.ts';
import type { RunInfo } from '../core/run/types.ts';
import { listRuns } from '../core/store/read.ts';

/** Runs that a message names; the others are counted. */
const MAX_NAMED = 3;

/**
 * What to say before runs are deleted for good: which other runs have links to their files,
 * that would be broken. Null when there are none.
 */
export async function brokenLinksWarning(runs: readonly RunInfo[]): Promise<string | null> {
  const linked = await runsLinkedTo(runs);
  const names = linked.slice(0, MAX_NAMED).map(runTitle);
  const rest = linked.length - names.length;
  if (rest > 0) names.push(`${rest.toLocaleString('en')} more`);
  const whose = runs.length === 1 ? 'its' : 'their';
  return names.length === 0
    ? null
    : `Other runs link to ${whose} files, and will have broken links: ${names.join(', ')}.`;
}

/** Other runs of the same stores whose dependencies are links to files of `runs`. */
async function runsLinkedTo(runs: readonly RunInfo[]): Promise<readonly RunInfo[]> {
  const ids = new Set(runs.map(({ id }) => id));
  const pace = new Pace();
  const found: RunInfo[] = [];
  for (const runsDir of new Set(runs.map((run) => run.runsDir))) {
    for (const info of await listRuns(runsDir, { container: 'any' })) {
      if (pace.due()) await pace.rest();
      if (!ids.has(info.id) && (await linksTo(info, ids))) found.push(info);
    }
  }
  return found;
}

async function linksTo(info: RunInfo, ids: ReadonlySet<string>): Promise<boolean> {
  try {
    const meta = await openMeta(info.metaPath, info.metaForm);
    try {
      const text = (await meta.read(DEPENDS_FILE))?.toString() ?? null;
      return parseDependsFile(text).some(
        ({ link, runs }) => link && runs.some(({ id }) => ids.has(id)),
      );
    } finally {
      meta.close();
    }
  } catch {
    // A run that cannot be read has nothing that could break.
    return false;
  }
}
