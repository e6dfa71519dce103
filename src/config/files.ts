import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrno } from '../core/errors.ts';
import { compareCodePoints } from '../core/json.ts';
import type { PatternRule } from '../core/patterns.ts';
import { isTextFile } from '../core/text-detect.ts';
import type { ConfigGroup } from './paths.ts';

/**
 * The files below `root` that a config group selects, sorted by code point (gage.md 4.5). A
 * top-level directory is only entered when an including pattern starts with its name, as in
 * Gage, so that `**` does not search environments and stores. None when `root` does not exist.
 * @returns relative paths, `/` as separator.
 */
export function selectConfigFiles(root: string, group: ConfigGroup): readonly string[] {
  const rules = group.flatMap(({ file }) => (file === null ? [] : [file]));
  const counts = new Map<PatternRule, number>();
  const found: string[] = [];
  const walk = (dir: string, above: readonly string[]): void => {
    const { files, dirs } = listDir(join(root, dir));
    const on = [...above, realOf(join(root, dir))];
    for (const name of files) {
      if (isSelected(root, dir + name, rules, counts)) found.push(dir + name);
    }
    for (const name of dirs) {
      const path = dir + name;
      // A link back to a directory on the way here would never end.
      if (entersDir(path, rules) && !on.includes(realOf(join(root, path)))) walk(`${path}/`, on);
    }
  };
  walk('', []);
  return found.sort(compareCodePoints);
}

/** Whether the glob, type and size of a file rule match a file. */
export function ruleMatchesFile(root: string, path: string, rule: PatternRule): boolean {
  if (rule.type === 'dir' || !rule.regex.test(path)) return false;
  const full = join(root, path);
  if (rule.type !== null && isTextFile(full) !== (rule.type === 'text')) return false;
  const { sizeLessThan: less, sizeGreaterThan: greater } = rule;
  if (less === null && greater === null) return true;
  const size = statSync(full).size;
  return (less !== null && size < less) || (greater !== null && size > greater);
}

/** The last matching rule decides; a rule stops to match after its `max-matches`. */
function isSelected(
  root: string,
  path: string,
  rules: readonly PatternRule[],
  counts: Map<PatternRule, number>,
): boolean {
  let selected = false;
  for (const rule of rules) {
    const count = counts.get(rule) ?? 0;
    if (rule.maxMatches !== null && count >= rule.maxMatches) continue;
    if (!ruleMatchesFile(root, path, rule)) continue;
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

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function listDir(dir: string): { readonly files: string[]; readonly dirs: string[] } {
  const files: string[] = [];
  const dirs: string[] = [];
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EACCES')) return { files, dirs };
    throw error;
  }
  for (const entry of entries) {
    const kind = entry.isSymbolicLink()
      ? statSync(join(dir, entry.name), { throwIfNoEntry: false })
      : entry;
    if (kind?.isDirectory() === true) dirs.push(entry.name);
    else if (kind?.isFile() === true) files.push(entry.name);
  }
  return { files: files.sort(compareCodePoints), dirs: dirs.sort(compareCodePoints) };
}
