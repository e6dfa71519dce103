import { join } from 'node:path';
import { configFilesOf, type OpenedConfigFile } from '../../config/files.ts';
import type { ConfigDocument } from '../../config/formats/document.ts';
import { PLAIN_NAMING, nameKeys, parseNaming, type NamedKeys } from '../../config/names.ts';
import { parsePath, matchingKeys, type ConfigGroup, type ConfigPath } from '../../config/paths.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { isJsonObject } from '../../core/data/json.ts';
import type { TreeFile } from '../../core/sourcecode/file-tree.ts';
import {
  entryOf,
  stringsOf,
  jsonOfNode,
  valueAt,
  type GageDocument,
  type OperationNode,
} from '../../opdef/document.ts';
import { nearestName } from '../../opdef/suggest.ts';
import { LineIndex } from '../../opdef/syntax/lines.ts';
import type { TextRange, ValueNode } from '../../opdef/syntax/tree.ts';
import { newConfigText } from '../new/config-file.ts';
import { replaceIn } from '../places/edits.ts';
import { nearFile } from '../places/near-file.ts';
import type { LanguageProject } from '../places/project.ts';
import { configPathGroups, type ConfigPathText } from './config.ts';
import type { Diagnostic, DiagnosticCode, FixData, RelatedPlace, Severity } from './diagnostic.ts';
import { checkPattern, patternWords, replaceWord, wordRange } from './patterns.ts';

/** A path of a config group with the files of the project that it names. */
interface FoundPath extends ConfigPathText {
  readonly parsed: ConfigPath;
  /** Relative to the project. */
  readonly files: readonly string[];
}

/** The files of the project by config path, as far as they were looked for. */
export type KnownConfigFiles = Map<string, readonly string[]>;

/** Config files and keys that do not exist, or that nobody can read (gage-format.md 4.5). */
export async function checkConfigFiles(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  known: KnownConfigFiles,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  const groups = configPathGroups(document, operation);
  for (const [i, group] of groups.entries()) {
    const paths = group.flatMap((path) => findFiles(path, project, known) ?? []);
    // With a broken path the group means nothing.
    if (paths.length < group.length) continue;
    const keys = await readKeys(paths, project);
    for (const path of paths) {
      const faults = path.files.length === 0 ? missingFile(path, project) : null;
      if (path.file !== null && faults !== null) found.push(...faults);
      else {
        found.push(...(await checkReadable(path, project, told)), ...checkKeys(path, keys));
      }
    }
    found.push(...checkNaming(groupTable(operation, i), paths, keys));
  }
  return found;
}

/** The keys of an operation's configuration as a run names them; of files that can be read. */
export async function configKeys(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  known: KnownConfigFiles,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [i, group] of configPathGroups(document, operation).entries()) {
    const paths = group.flatMap((path) => findFiles(path, project, known) ?? []);
    const keys = selectedKeys(paths, await readKeys(paths, project));
    names.push(...namesIn(groupTable(operation, i), keys).names.values());
  }
  return names;
}

function findFiles(
  path: ConfigPathText,
  project: LanguageProject,
  known: KnownConfigFiles,
): FoundPath | null {
  const { value } = path.node;
  try {
    const parsed = parsePath(value);
    if (parsed.file === null) return { ...path, parsed, files: [] };
    let files = known.get(value);
    if (files === undefined) {
      const only = { ...parsed, file: { ...parsed.file, include: true, maxMatches: null } };
      files = configFilesOf(project.tree, [only]).map((file) => file.path);
      known.set(value, files);
    }
    return { ...path, parsed, files };
  } catch (error) {
    if (error instanceof RunyardError) return null;
    throw error;
  }
}

/** The keys of the files that a group selects, by file; null for one that cannot be read. */
async function readKeys(
  paths: readonly FoundPath[],
  project: LanguageProject,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const group = paths.map(({ parsed }) => parsed);
  const keys = new Map<string, readonly string[]>();
  for (const { path } of filesOfGroup(project, group)) {
    const facts = await project.configFile(path);
    if (!('reason' in facts)) keys.set(path, [...facts.document.values.keys()]);
  }
  return keys;
}

/** None when they are too many to look for. */
function filesOfGroup(project: LanguageProject, group: ConfigGroup): readonly TreeFile[] {
  try {
    return configFilesOf(project.tree, group);
  } catch (error) {
    if (error instanceof RunyardError) return [];
    throw error;
  }
}

function diagnostic(
  code: DiagnosticCode,
  severity: Severity,
  message: string,
  range: Diagnostic['range'],
  fixData: readonly FixData[] = [],
): Diagnostic {
  return { code, severity, message, range, ...(fixData.length > 0 && { fixData }) };
}

function missingFile(path: FoundPath, project: LanguageProject): readonly Diagnostic[] {
  const { file } = path;
  const words = file === null ? null : patternWords(file);
  if (file === null || words === null) return [];
  // What is wrong with the pattern itself is told of its own.
  if (checkPattern(file).some(({ code }) => code === 'pattern-never-matches')) return [];
  const { glob } = words;
  const range = wordRange(file, glob);
  if (!file.include) {
    const message = `'${path.node.value}' excludes nothing at present`;
    return [diagnostic('config-file-missing', 'hint', message, range)];
  }
  if (/[*?]/.test(glob.text)) {
    const deep = /^[^/]*[*?][^/]*\//.test(glob.text);
    const where = deep ? ': folders of the project are searched only when they are named' : '';
    const message = `No file matches '${glob.text}'${where}`;
    return [diagnostic('config-file-missing', 'warning', message, range)];
  }
  if (project.exists(glob.text)) {
    const message = `'${glob.text}' is no file that holds configuration`;
    return [diagnostic('config-file-missing', 'warning', message, range)];
  }
  const near = nearFile(project.tree, glob.text);
  const fixes: FixData[] = [
    { kind: 'create-file', path: glob.text, text: newConfigText(glob.text, path.keyGlob) },
  ];
  if (near !== null) fixes.unshift(replaceWord(file, glob, near, `Change to '${near}'`));
  const hint = near === null ? '' : `. Did you mean '${near}'?`;
  const message = `There is no file '${glob.text}'${hint}`;
  return [diagnostic('config-file-missing', 'warning', message, range, fixes)];
}

/** Whether values can be read from the files of a path, each told of once. */
async function checkReadable(
  { file, files, node }: FoundPath,
  project: LanguageProject,
  told: Set<string>,
): Promise<readonly Diagnostic[]> {
  const words = file === null ? null : patternWords(file);
  if (file?.include !== true || words === null) return [];
  const range = wordRange(file, words.glob);
  const found: Diagnostic[] = [];
  for (const path of files) {
    if (told.has(path)) continue;
    told.add(path);
    const facts = await project.configFile(path);
    if ('reason' in facts) {
      const kind = facts.reason === 'unsupported' ? 'config-unsupported' : 'config-problem';
      // A wildcard may well match other files besides.
      const severity = words.glob.text === path ? 'warning' : 'information';
      found.push(diagnostic(kind, severity, `${path}: ${facts.message}`, range));
    } else if (facts.document.problems.length > 0) {
      found.push({
        ...diagnostic('config-problem', 'information', problemText(path, facts.document), range),
        related: problemPlaces(join(project.dir, path), facts),
      });
    } else if (facts.document.values.size === 0 && node.value === path) {
      const message = `${path} holds no values that a run can change`;
      found.push(diagnostic('config-key-missing', 'information', message, range));
    }
  }
  return found;
}

function problemPlaces(path: string, file: OpenedConfigFile): readonly RelatedPlace[] {
  const lines = new LineIndex(file.text);
  const shift = file.hasBom ? 1 : 0;
  return file.document.problems.slice(0, MAX_RELATED).map(({ line, message }) => {
    const from = lines.offsetAt(line - 1, 0) + shift;
    return { path, range: { from, to: lines.lineEnd(line - 1) + shift }, message };
  });
}

function problemText(path: string, { problems }: ConfigDocument): string {
  const [first, ...others] = problems;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
  return `${path}:${String(first?.line ?? 1)}: ${first?.message ?? ''}${more}`;
}

/** A key that no file of its path has. */
function checkKeys(path: FoundPath, keysOf: ReadonlyMap<string, readonly string[]>): Diagnostic[] {
  const { document, node, keyGlob, keyRange, parsed, excludes } = path;
  const files = path.file === null ? [...keysOf.keys()] : path.files;
  const known = files.flatMap((file) => keysOf.get(file) ?? []);
  const readable = files.some((file) => keysOf.has(file));
  if (keyGlob === null || keyRange === null || parsed.key === null || !readable) return [];
  if (/(?:^|\.)\*\*$/.test(keyGlob) || known.some((key) => parsed.key?.test(key) === true))
    return [];
  const better = /[*?]/.test(keyGlob) ? null : likelyKey(keyGlob, known);
  const [only = ''] = files;
  const place = files.length === 1 ? only : 'No file of it';
  const message = `${place} has ${files.length === 1 ? 'no' : 'a'} key '${keyGlob}'`;
  const from = node.value.length - keyGlob.length;
  const fixes: FixData[] = [];
  if (better !== null) {
    const edit = replaceIn(document, node, from, node.value.length, better);
    fixes.push({ kind: 'edit', title: `Change to '${better}'`, edits: [edit] });
  }
  const hint = better === null ? '' : `. Did you mean '${better}'?`;
  const severity = excludes ? 'information' : 'warning';
  return [diagnostic('config-key-missing', severity, message + hint, keyRange, fixes)];
}

/** The keys of a table that was named itself, else the key with the nearest name. */
function likelyKey(key: string, known: readonly string[]): string | null {
  return known.some((other) => other.startsWith(`${key}.`)) ? `${key}.*` : nearestName(key, known);
}

/** What of `rename` does not apply to the keys of a group. */
function checkNaming(
  table: ValueNode | null,
  paths: readonly FoundPath[],
  keysOf: ReadonlyMap<string, readonly string[]>,
): readonly Diagnostic[] {
  const value = valueAt(table, 'rename');
  const keys = selectedKeys(paths, keysOf);
  if (value === null || keys.size === 0) return [];
  return namesIn(table, keys).problems.map((message) =>
    diagnostic('config-key-missing', 'warning', message, renamePart(value, message)),
  );
}

function namesIn(table: ValueNode | null, keys: ReadonlySet<string>): NamedKeys {
  const json = table?.kind === 'table' ? jsonOfNode(table) : null;
  try {
    return nameKeys(isJsonObject(json) ? parseNaming(json) : PLAIN_NAMING, keys);
  } catch (error) {
    // Of a wrong type, which is told of its own.
    if (error instanceof RunyardError) return nameKeys(PLAIN_NAMING, keys);
    throw error;
  }
}

function selectedKeys(
  paths: readonly FoundPath[],
  keysOf: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const group = paths.map(({ parsed }) => parsed);
  const keys = [...keysOf].flatMap(([file, known]) =>
    matchingKeys(group, known, (rule) =>
      paths.some(({ parsed, files }) => parsed.file === rule && files.includes(file)),
    ),
  );
  return new Set(keys);
}

/** Where a rename stands that a message names. */
function renamePart(value: ValueNode, message: string): TextRange {
  const key = /"(.*?)"/.exec(message)?.[1] ?? '';
  if (value.kind === 'table') return entryOf(value, key)?.keyRange ?? value.range;
  const node = stringsOf(value).find((item) => String(item.value).split('=')[0]?.trim() === key);
  return node?.range ?? value.range;
}

function groupTable({ table }: OperationNode, index: number): ValueNode | null {
  const value = valueAt(table, 'config');
  return value?.kind === 'list' ? (value.items[index] ?? null) : value;
}

/** More places than this help nobody. */
const MAX_RELATED = 20;
