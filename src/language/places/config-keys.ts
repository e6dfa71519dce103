import { configFilesOf } from '../../config/files.ts';
import type { ConfigEntry } from '../../config/formats/document.ts';
import type { Scalar } from '../../config/formats/scalar.ts';
import { parsePath, type ConfigPath } from '../../config/paths.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { isJsonArray } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';
import type { OperationNode } from '../../opdef/document.ts';
import { configPathParts, textsOf, type PlacedText, type ValuePath } from './patterns-at.ts';
import type { LanguageProject } from './project.ts';

/** A key of a configuration file with its literal. */
export interface PlacedKey {
  readonly key: string;
  readonly entry: ConfigEntry;
  /** Of the file, relative to the project. */
  readonly path: string;
  /** Of the file, without byte order mark. */
  readonly text: string;
}

/** The keys that one path of `config` names, in files that can be read; also those it takes out. */
export async function keysNamed(
  { operation, path, node }: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly PlacedKey[]> {
  const own = parsed(node.value);
  if (own === null) return [];
  const keys = await keysOf(pathFiles(operation, path, node.value, project), project, signal);
  return keys.filter(({ key }) => own.key?.test(key) === true);
}

/** The files that a path of `config` is about: its own, or those of its group. */
export function pathFiles(
  operation: OperationNode,
  path: ValuePath,
  text: string,
  project: LanguageProject,
): readonly string[] {
  const { file } = configPathParts(text);
  const spec = text.slice(file.from, file.to);
  return spec.trim() === '' ? groupFiles(operation, path, project) : filesOf([spec], project);
}

/** The keys of some files in their order, of the same key the first. Files that cannot be read have none. */
export async function keysOf(
  files: readonly string[],
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly PlacedKey[]> {
  const found: PlacedKey[] = [];
  for (const path of files) {
    signal?.throwIfAborted();
    const facts = await project.configFile(path);
    if ('reason' in facts) continue;
    const { text, document } = facts;
    for (const [key, entry] of document.entries) found.push({ key, entry, path, text });
  }
  return found;
}

/** The files that file parts of config paths select; a plain name without looking for it. */
function filesOf(specs: readonly string[], project: LanguageProject): readonly string[] {
  if (specs.every((spec) => /^[\w./-]+$/.test(spec) && !spec.startsWith('-'))) return specs;
  const group = specs.flatMap((spec) => parsed(spec) ?? []);
  try {
    return configFilesOf(project.tree, group).map(({ path }) => path);
  } catch (error) {
    // Too many to look through: the check of the file says so.
    if (error instanceof RunyardError) return [];
    throw error;
  }
}

/**
 * The files of the group that a config path belongs to: those of the other paths of its list;
 * in a list with tables every item is a group of its own.
 */
function groupFiles(
  operation: OperationNode,
  path: ValuePath,
  project: LanguageProject,
): readonly string[] {
  const config = operation.opdef.table['config'];
  const mixed =
    config !== undefined && isJsonArray(config) && config.some((item) => typeof item !== 'string');
  if (mixed && path.length === 2) return [];
  const parent = path.slice(0, -1).join(' ');
  const specs = textsOf(operation)
    .filter((text) => text.role === 'config-path' && text.path.slice(0, -1).join(' ') === parent)
    .map(({ node: { value } }) => {
      const { file, excludes, key } = configPathParts(value);
      return (excludes && key === null ? '-' : '') + value.slice(file.from, file.to);
    })
    .filter((spec) => spec.trim() !== '');
  return filesOf(specs, project);
}

/** `0.001 · float · train.py:3` */
export function keyDetail(placed: PlacedKey): string {
  const { value } = placed.entry;
  return `${shownValue(value)} · ${typeName(value)} · ${keyPlace(placed)}`;
}

/** `train.py:3` */
export function keyPlace({ path, entry: { line } }: PlacedKey): string {
  return `${path}:${String(line)}`;
}

/** A value on one line that is not too long. */
export function shownValue(value: Scalar): string {
  const text = quoted(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function typeName(value: Scalar): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'float' : 'string';
}

function parsed(spec: string): ConfigPath | null {
  try {
    return parsePath(spec);
  } catch {
    return null;
  }
}
