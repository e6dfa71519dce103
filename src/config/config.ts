import { RunyardError } from '../core/base/errors.ts';
import type { Json, JsonObject } from '../core/data/json.ts';
import type { RunConfig } from '../core/run/types.ts';
import { nearestName } from '../opdef/suggest.ts';
import type { Flags } from './flags.ts';
import { fitValue } from './formats/scalar.ts';
import type { ConfigProblem, ProjectConfig } from './project-config.ts';

/**
 * The configuration of an operation as the files of its project hold it (gage-format.md 4.5), with the
 * file that each value comes from, and what could not be read.
 * Throws `bad-gage-file` or `bad-pattern` when `config` of the operation is broken.
 */
export async function readConfigFiles(
  projectDir: string,
  table: JsonObject,
): Promise<ProjectConfig> {
  if (table['config'] === undefined) {
    return { values: {}, sources: new Map(), files: [], problems: [] };
  }
  // The grammars load with the first operation that has a configuration.
  const { readProjectConfig } = await import('./project-config.ts');
  return readProjectConfig(projectDir, table);
}

/** A problem with its place, for people. */
export function configProblemText({ path, line, message }: ConfigProblem): string {
  return `${line === null ? path : `${path}:${String(line)}`}: ${message}`;
}

/**
 * The configuration of a run: the project's values, replaced by those given for the run, each
 * as the type of the value it replaces. Throws `bad-config` for a value that does not fit, and
 * for a key that the operation does not have: Gage stores such a key, and nothing uses it.
 * @param options `acceptUnknown` does as Gage.
 */
export function effectiveConfig(
  projectConfig: RunConfig,
  flags: Flags,
  options: { readonly acceptUnknown?: boolean } = {},
): RunConfig {
  const given = listFlags(flags);
  const known = Object.keys(projectConfig);
  const config = new Map(Object.entries(projectConfig));
  for (const { key, value, text } of given) {
    const current = Object.hasOwn(projectConfig, key) ? projectConfig[key] : undefined;
    if (current === undefined) {
      if (options.acceptUnknown !== true) throw unknownKey(key, known);
      config.set(key, value);
    } else if (typeof current === 'object' && current !== null) config.set(key, value);
    else config.set(key, fitValue(key, value, current, text));
  }
  return Object.fromEntries(config);
}

function listFlags(
  flags: Flags,
): readonly { readonly key: string; readonly value: Json; readonly text?: string }[] {
  if (isFlagList(flags)) return flags;
  return Object.entries(flags).map(([key, value]) => ({ key, value }));
}

function isFlagList(flags: Flags): flags is Extract<Flags, readonly unknown[]> {
  return Array.isArray(flags);
}

function unknownKey(key: string, known: readonly string[]): RunyardError {
  const near = nearestName(key, known);
  const list = known.length <= 20 ? known.join(', ') : `${known.slice(0, 20).join(', ')}, …`;
  const hint =
    known.length === 0
      ? 'The operation has no configuration; name its files with config = "…" in the Gage file.'
      : near === null
        ? `Known: ${list}`
        : `Did you mean "${near}"?`;
  return new RunyardError('bad-config', `The operation has no config key "${key}"`, { hint });
}
