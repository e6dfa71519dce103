import { RunyardError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { jsonEqual } from '../core/json.ts';
import type { RunConfig } from '../core/types.ts';
import type { TextEdit } from './document.ts';
import type { ConfigFile } from './project-config.ts';

/**
 * The edits that give one file the values of a run, ordered. Throws `bad-config`, naming file
 * and key, when a value does not fit its literal.
 */
export function configEdits(file: ConfigFile, config: RunConfig): readonly TextEdit[] {
  const wanted = new Map<string, Json>();
  for (const [key, names] of file.keys) {
    const current = file.document.values.get(key) ?? null;
    for (const name of names) {
      const value = Object.hasOwn(config, name) ? config[name] : undefined;
      if (value === undefined) continue;
      // Of several names for one key, one that was left alone does not undo the other.
      if (!wanted.has(key) || !jsonEqual(value, current)) wanted.set(key, value);
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
