import { RunyardError } from '../core/base/errors.ts';
import { type Json, jsonEqual } from '../core/data/json.ts';
import type { RunConfig } from '../core/run/types.ts';
import type { TextEdit } from '../opdef/syntax/tree.ts';
import type { ConfigFile, ProjectConfig } from './project-config.ts';

/**
 * The values of a run that its files do not have yet. A name that stands in several files with
 * different values is left alone in all of them, unless the run changes it.
 */
export function changedValues(project: ProjectConfig, config: RunConfig): RunConfig {
  return Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) =>
        !Object.hasOwn(project.values, name) || !jsonEqual(value, project.values[name] ?? null),
    ),
  );
}

/**
 * The edits that give one file the changed values of a run, ordered. Throws `bad-config`,
 * naming file and key, when a value does not fit its literal.
 */
export function configEdits(file: ConfigFile, changes: RunConfig): readonly TextEdit[] {
  const wanted = new Map<string, Json>();
  for (const [key, names] of file.keys) {
    for (const name of names) {
      const value = Object.hasOwn(changes, name) ? changes[name] : undefined;
      if (value !== undefined) wanted.set(key, value);
    }
  }
  try {
    return file.document.edits(wanted);
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    throw new RunyardError(error.code, `${file.path}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
