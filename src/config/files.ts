import { statSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError } from '../core/base/errors.ts';
import { formatBytes } from '../core/base/format-bytes.ts';
import { readRegularFile } from '../core/base/regular-file.ts';
import { compareCodePoints } from '../core/data/json.ts';
import {
  diskTree,
  type FileTree,
  type TreeDir,
  type TreeFile,
} from '../core/sourcecode/file-tree.ts';
import type { PatternRule } from '../core/sourcecode/patterns.ts';
import { matchesFile } from '../core/sourcecode/select.ts';
import type { ConfigDocument } from './formats/document.ts';
import { FORMATS, formatOf } from './formats/formats.ts';
import type { ConfigGroup } from './paths.ts';

/**
 * The files of a project that a config group selects, sorted by code point of the path (gage-format.md
 * 4.5). A top-level directory is only entered when an including pattern starts with its name, as
 * in Gage, so that `**` does not search environments and stores. None when there is no project.
 * @param project absolute path of the project, or its tree.
 * Throws `bad-pattern` when the patterns lead through more than {@link MAX_ENTRIES} entries.
 */
export function configFilesOf(project: string | FileTree, group: ConfigGroup): readonly TreeFile[] {
  const tree = typeof project === 'string' ? diskTree(project) : project;
  const rules = group.flatMap(({ file }) => (file === null ? [] : [file]));
  const counts = new Map<PatternRule, number>();
  const found: TreeFile[] = [];
  let left = MAX_ENTRIES;
  const walk = (dir: TreeDir, above: readonly string[]): void => {
    // A link back to a directory on the way here would never end.
    if (dir.id === null || above.includes(dir.id)) return;
    const { files, dirs } = tree.list(dir);
    const linked = dirs.filter(({ link }) => link !== null).length;
    left -= files.length + dirs.length + linked * LINK_COST;
    if (left < 0) throw tooMany(rules);
    for (const file of files) if (isSelected(file, rules, counts)) found.push(file);
    for (const inner of dirs) {
      if (entersDir(inner.path, rules)) walk(inner, [...above, dir.id]);
    }
  };
  walk(tree.top, []);
  return found.sort((a, b) => compareCodePoints(a.path, b.path));
}

/** Configuration lies near the scripts. */
const MAX_ENTRIES = 100_000;
/**
 * Directories that link to each other have more ways through them than anybody can go. To follow a
 * link takes as long as to list so many entries.
 */
const LINK_COST = 20;

function tooMany(rules: readonly PatternRule[]): RunyardError {
  const globs = rules.map(({ glob }) => `"${glob}"`).join(', ');
  const most = MAX_ENTRIES.toLocaleString('en');
  const message = `Config files ${globs} are looked for among more than ${most} files and links`;
  return new RunyardError('bad-pattern', message, { hint: 'Name their directories.' });
}

/** The last matching rule decides; a rule stops to match after its `max-matches`. */
function isSelected(
  file: TreeFile,
  rules: readonly PatternRule[],
  counts: Map<PatternRule, number>,
): boolean {
  let selected = false;
  for (const rule of rules) {
    const count = counts.get(rule) ?? 0;
    if (rule.maxMatches !== null && count >= rule.maxMatches) continue;
    if (!matchesFile(rule, file)) continue;
    counts.set(rule, count + 1);
    selected = rule.include;
  }
  return selected;
}

function entersDir(path: string, rules: readonly PatternRule[]): boolean {
  const decided = rules.filter((rule) => rule.type === 'dir' && rule.regex.test(path)).at(-1);
  if (decided?.include === false) return false;
  if (path.includes('/')) return true;
  return rules.some((rule) => rule.include && rule.glob.startsWith(`${path}/`));
}

/** A file that holds configuration. */
export interface OpenedConfigFile {
  /** Without byte order mark. */
  readonly text: string;
  readonly hasBom: boolean;
  readonly document: ConfigDocument;
}

/** Why a file holds no configuration. */
export interface UnreadableConfigFile {
  readonly reason: 'unsupported' | 'unreadable';
  readonly message: string;
}

/** Files for people are far smaller; a larger one would hold up whoever reads it. */
const MAX_BYTES = 5_000_000;

/** Reads a file of a project by the format that its name stands for. Never throws. */
export function openConfigFile(
  root: string,
  path: string,
): OpenedConfigFile | UnreadableConfigFile {
  const format = formatOf(path);
  if (format === null) {
    return { reason: 'unsupported', message: `Values are read from ${FORMATS} only` };
  }
  let text: string;
  try {
    const full = join(root, path);
    const { size } = statSync(full);
    if (size > MAX_BYTES) {
      const limit = formatBytes(MAX_BYTES);
      return { reason: 'unreadable', message: `Cannot be read: larger than ${limit}` };
    }
    const bytes = readRegularFile(full, MAX_BYTES);
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const why = error instanceof TypeError ? 'not UTF-8 text' : describeError(error);
    return { reason: 'unreadable', message: `Cannot be read: ${why}` };
  }
  const hasBom = text.startsWith('\ufeff');
  if (hasBom) text = text.slice(1);
  return { text, hasBom, document: format(text) };
}
