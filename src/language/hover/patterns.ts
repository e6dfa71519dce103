import { formatBytes } from '../../core/base/format-bytes.ts';
import { plural } from '../../core/base/words.ts';
import type { JsonObject } from '../../core/data/json.ts';
import { sourcecodePatterns } from '../../core/sourcecode/patterns.ts';
import type { SelectedFile, SourceSelection } from '../../core/sourcecode/select.ts';
import { stringsOf, valueAt } from '../../opdef/document.ts';
import type { PlacedText } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import { code, list } from './text.ts';

/**
 * What a source pattern does in this project: the files that it selects or takes out, and which
 * other patterns decide about the rest. Throws `bad-pattern`.
 */
export async function patternHover(
  { operation, path, node }: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string> {
  const { table } = operation.opdef;
  const patterns = sourcecodePatterns(table);
  const index = ruleIndex(table, patterns, path.at(-1));
  return effectHover(patterns, index, node.value, project, signal);
}

/** The same for a pattern of a dependency on files of the project. Throws `bad-pattern`. */
export async function dependsHover(
  { operation, path, node }: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string> {
  const list = valueAt(operation.table, ...path.slice(0, path.indexOf('files') + 1));
  const nodes = stringsOf(list);
  const patterns = nodes.map(({ value }) => String(value));
  return effectHover(patterns, nodes.indexOf(node), node.value, project, signal);
}

async function effectHover(
  patterns: readonly string[],
  index: number,
  pattern: string,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string> {
  const selection = await project.selection(patterns, signal);
  return pattern.startsWith('-')
    ? excludeText(selection, patterns, index, project, signal)
    : includeText(selection, index);
}

/** What the patterns of an operation select together. Throws `bad-pattern`, `bad-gage-file`. */
export async function sourcecodeHover(
  table: JsonObject,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string> {
  const patterns = sourcecodePatterns(table);
  const { files, limits } = await project.selection(patterns, signal);
  const limited = limits.map(
    ({ pattern, maxMatches }) => `${code(pattern)} stopped at ${plural(maxMatches, 'file')}.`,
  );
  return [`Copies ${amount(files)} into a run.`, ...limited, fileList(files)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Where a pattern stands in the list that takes part, which may begin with the defaults. */
function ruleIndex(
  table: JsonObject,
  patterns: readonly string[],
  last: string | number | undefined,
): number {
  if (typeof last !== 'number') return patterns.length - 1;
  const own: unknown = table['sourcecode'];
  return patterns.length - (Array.isArray(own) ? own.length : 1) + last;
}

function includeText(selection: SourceSelection, index: number): string {
  const files = selection.files.filter(({ rule }) => rule === index);
  const { matched = 0, decided = 0 } = selection.rules[index] ?? {};
  const others = matched - decided;
  const rest =
    others > 0
      ? `It matches ${plural(others, 'other file')}, for which later patterns decide.`
      : '';
  return [`Selects ${amount(files)}.`, fileList(files), rest]
    .filter((part) => part !== '')
    .join('\n\n');
}

async function excludeText(
  selection: SourceSelection,
  patterns: readonly string[],
  index: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string> {
  const without = await project.selection(patterns.toSpliced(index, 1), signal);
  const kept = new Set(selection.files.map(({ path }) => path));
  const files = without.files.filter(({ path }) => !kept.has(path));
  const deciders = [...new Set(files.map(({ rule }) => without.patterns[rule] ?? ''))];
  const rest =
    files.length > 0 ? `Without it ${deciders.map(code).join(', ')} would select them.` : '';
  return [`Takes out ${amount(files)}.`, fileList(files), rest]
    .filter((part) => part !== '')
    .join('\n\n');
}

function amount(files: readonly SelectedFile[]): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length === 0) return 'no file';
  return `**${plural(files.length, 'file')}** (${formatBytes(bytes)})`;
}

function fileList(files: readonly SelectedFile[]): string {
  return list(files.map(({ path }) => code(path)));
}
