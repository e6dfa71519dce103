import { RunyardError } from '../core/base/errors.ts';
import type { JsonObject } from '../core/data/json.ts';
import type { RunConfig } from '../core/run/types.ts';
import { TreeDir, TreeFile } from '../core/sourcecode/file-tree.ts';
import { parsePatterns, sourcecodePatterns } from '../core/sourcecode/patterns.ts';
import { matchesFile } from '../core/sourcecode/select.ts';
import { opExec } from '../opdef/table.ts';
import { changedValues, configEdits } from './edits.ts';
import type { ConfigFile, ProjectConfig } from './project-config.ts';

/**
 * Finds out before a run is created whether its files can take its configuration. Throws
 * `bad-config`: when a value does not fit its literal, and when a value that was changed stands
 * only in files that the operation does not copy into a run (gage-format.md 4.6 C12).
 * @param root absolute path of the directory that `project` was read from.
 */
export function checkRunConfig(
  root: string,
  table: JsonObject,
  project: ProjectConfig,
  config: RunConfig,
): void {
  const changes = changedValues(project, config);
  const changed = project.files.filter((file) => configEdits(file, changes).length > 0);
  // The command may bring the files, whatever the patterns select.
  if (changed.length === 0 || opExec(table)['stage-sourcecode'] !== undefined) return;
  const patterns = sourcecodePatterns(table);
  const staged = new Set(changed.filter(({ path }) => mayBeStaged(root, patterns, path)));
  const reached = new Set([...staged].flatMap((file) => changedNames(file, changes)));
  for (const file of changed) {
    const name = changedNames(file, changes).find((changedName) => !reached.has(changedName));
    if (name === undefined) continue;
    throw new RunyardError(
      'bad-config',
      `"${name}" cannot be set: ${file.path} is not among the files that a run gets`,
      { hint: `Let "sourcecode" in the Gage file select ${file.path}.` },
    );
  }
}

function changedNames({ keys }: ConfigFile, changes: RunConfig): readonly string[] {
  return [...keys.values()].flatMap((names) =>
    names.filter((name) => Object.hasOwn(changes, name)),
  );
}

/** Whether source patterns select a path, when no limit of `max-matches` keeps it out. */
function mayBeStaged(root: string, patterns: readonly string[], path: string): boolean {
  const rules = parsePatterns(patterns);
  const parts = path.split('/');
  const parents = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('/'));
  const enters = parents.every((dir) => {
    const holds = new TreeDir(root, dir);
    const last = rules.findLast(
      ({ type, regex, sentinel }) =>
        type === 'dir' && regex.test(dir) && (sentinel === '' || holds.holds(sentinel)),
    );
    return last?.include !== false;
  });
  const file = new TreeFile(root, path, parts.at(-1) ?? path);
  return enters && rules.findLast((rule) => matchesFile(rule, file))?.include === true;
}
