import { chmodSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { RunyardError } from '../core/base/errors.ts';
import type { ApplyConfig } from '../core/run/types.ts';
import { unifiedDiff } from './diff.ts';
import { changedValues, configEdits } from './edits.ts';
import { applyEdits } from './formats/document.ts';
import { readProjectConfig } from './project-config.ts';

/**
 * Writes the configuration of a run into the files of its directory (gage-format.md 2.3 step 7, 4.5):
 * only literals whose value changes are touched, every other byte stays. Files keep their
 * mode, also read-only ones. Files that are not in the run are left out.
 * Throws `bad-config`, with nothing written, when a value does not fit its literal, and for a
 * file in a directory that a hook linked: what it leads to is not the run's.
 *
 * Loads the Python grammar: import this module when there is something to apply.
 */
export const applyConfig: ApplyConfig = (runDir, opdef, config) => {
  if (Object.keys(config).length === 0) return [];
  const project = readProjectConfig(runDir, opdef.table);
  const changes = changedValues(project, config);
  const patches = project.files.flatMap((file) => {
    const edits = configEdits(file, changes);
    if (edits.length === 0) return [];
    requireOwnDir(runDir, file.path);
    return [{ ...file, newText: applyEdits(file.text, edits) }];
  });
  return patches.map(({ path, text, newText, hasBom }) => {
    const full = join(runDir, path);
    const { mode } = statSync(full);
    const bom = hasBom ? '\ufeff' : '';
    writeFileAtomic(full, bom + newText);
    chmodSync(full, mode & 0o7777);
    return { path, diff: unifiedDiff(path, bom + text, bom + newText) };
  });
};

/** A file that is itself a link is replaced; one below a link to a directory would be written there. */
function requireOwnDir(runDir: string, path: string): void {
  const real = realpathSync(join(runDir, dirname(path)));
  if (`${real}${sep}`.startsWith(`${realpathSync(runDir)}${sep}`)) return;
  throw new RunyardError(
    'bad-config',
    `${path} cannot be changed: a link leads out of the run to it`,
    { hint: 'Let the stage-sourcecode command copy the directory instead of linking it.' },
  );
}
