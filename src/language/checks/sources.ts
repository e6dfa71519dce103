import { RunyardError } from '../../core/base/errors.ts';
import { isJsonArray, isJsonObject } from '../../core/data/json.ts';
import type { FileTree, TreeDir } from '../../core/sourcecode/file-tree.ts';
import {
  parsePattern,
  sourcecodePatterns,
  type PatternRule,
} from '../../core/sourcecode/patterns.ts';
import type { SourceSelection } from '../../core/sourcecode/select.ts';
import {
  entryOf,
  stringsOf,
  valueAt,
  type GageDocument,
  type OperationNode,
} from '../../opdef/document.ts';
import { nearFile } from '../places/near-file.ts';
import { isText, type TextNode } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Diagnostic, FixData, NodePath } from './diagnostic.ts';
import {
  patternWords,
  replaceWord,
  wordRange,
  checkEqualPatterns,
  checkPattern,
  patternText,
} from './patterns.ts';

/** Checks of the patterns of `sourcecode` that need no files. */
export function checkSourcecode(document: GageDocument, operation: OperationNode): Diagnostic[] {
  const list = sourcecodeNodes(operation);
  return [
    ...list.flatMap((node) => checkPattern(patternText(document, node))),
    ...checkEqualPatterns(document, list, [operation.name, 'sourcecode']),
  ];
}

/** Patterns that do nothing in this project, and secrets that they select (gage-format.md 4.2). */
export async function checkSelectedSources(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const nodes = sourcecodeNodes(operation);
  const selection = await selectedSources(operation, project, signal);
  if (selection === null) return [];
  const own = sourcecodePatterns(operation.opdef.table).length - nodes.length;
  const path: NodePath = [operation.name, 'sourcecode'];
  return [
    ...checkEffects({ document, nodes, path, project, selection, first: own }),
    ...checkSecrets(operation, selection),
  ];
}

/** What staging would copy; null when the patterns are broken or the project cannot be read. */
export async function selectedSources(
  { opdef }: OperationNode,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<SourceSelection | null> {
  try {
    return await project.selection(sourcecodePatterns(opdef.table), signal);
  } catch (error) {
    if (error instanceof RunyardError) return null;
    throw error;
  }
}

function sourcecodeNodes({ table }: OperationNode): readonly TextNode[] {
  const value = valueAt(table, 'sourcecode');
  return value?.kind === 'table' ? [] : stringsOf(value).filter(isText);
}

function checkSecrets(operation: OperationNode, selection: SourceSelection): Diagnostic[] {
  const { secrets } = selection;
  const [first, ...others] = secrets;
  if (first === undefined) return [];
  const { name, table, nameRange } = operation;
  const entry = table === null ? null : entryOf(table, 'sourcecode');
  const more = others.length === 0 ? '' : ` and ${String(others.length)} more`;
  const them = others.length === 0 ? 'it looks like a secret' : 'they look like secrets';
  return [
    {
      code: 'secret-copied',
      severity: 'warning',
      message: `Every run gets a copy of ${first}${more}: ${them}. Exclude with '-${first}'`,
      range: entry?.keyRange ?? nameRange,
      fixData: [{ kind: 'exclude', operation: name, files: secrets }],
    },
  ];
}

/** Patterns and what they selected together. */
interface Selected {
  readonly document: GageDocument;
  readonly nodes: readonly TextNode[];
  /** Of the value that holds them, from the root of the document. */
  readonly path: NodePath;
  readonly project: LanguageProject;
  readonly selection: SourceSelection;
  /** Index of the first node among the patterns of the selection. */
  readonly first: number;
}

/** Patterns that match nothing, or that later patterns overrule. */
function checkEffects(selected: Selected): Diagnostic[] {
  const { document, nodes, path, selection, first } = selected;
  const known = checkEqualPatterns(document, nodes, path).map(({ range }) => range.from);
  return nodes.flatMap((node, i) => {
    const effect = selection.rules[first + i];
    // What is wrong with the pattern itself explains what it does.
    const broken = checkPattern(patternText(document, node)).length > 0;
    if (effect === undefined || broken || known.includes(node.range.from)) return [];
    const rule = parsePattern(node.value);
    if (effect.matched === 0) return matchesNothing(selected, node, rule);
    if (effect.decided > 0) return [];
    return overruled(selected, node, rule, first + i);
  });
}

function overruled(
  { document, path, selection, nodes }: Selected,
  node: TextNode,
  rule: PatternRule,
  index: number,
): Diagnostic[] {
  const hits = selection.files.filter(({ path: file }) => rule.regex.test(file)).length;
  const matched = selection.rules[index]?.matched ?? 0;
  const later = selection.patterns
    .slice(index + 1)
    .map(parsePattern)
    .filter((other) => other.include !== rule.include && (other.type === 'dir') === isDir(rule));
  // Decided in the same way by a later pattern: no harm, and people like to be explicit.
  const opposed = isDir(rule) || (rule.include ? hits === 0 : hits >= matched);
  const last = later.at(-1);
  if (last === undefined || !opposed) return [];
  const effect = rule.include
    ? `copies nothing: all that it matches is excluded later, by '${last.source}'`
    : `excludes nothing: all that it matches is included again later, by '${last.source}'`;
  return [
    {
      code: 'pattern-shadowed',
      severity: 'warning',
      message: `'${node.value}' ${effect}`,
      range: node.range,
      unnecessary: true,
      related: relatedPattern(document, nodes, last.source),
      fixData: [removeFix(node, path, nodes)],
    },
  ];
}

function isDir(rule: PatternRule): boolean {
  return rule.type === 'dir';
}

function relatedPattern(
  { path }: GageDocument,
  nodes: readonly TextNode[],
  source: string,
): NonNullable<Diagnostic['related']> {
  const node = nodes.findLast(({ value }) => value === source);
  return node === undefined ? [] : [{ path, range: node.range, message: `'${source}' is here` }];
}

function removeFix(node: TextNode, path: NodePath, nodes: readonly TextNode[]): FixData {
  const title = `Remove '${node.value}'`;
  return { kind: 'remove', title, path: [...path, nodes.indexOf(node)] };
}

function matchesNothing(selected: Selected, node: TextNode, rule: PatternRule): Diagnostic[] {
  const { document, project, selection } = selected;
  const pattern = patternText(document, node);
  const words = patternWords(pattern);
  if (words === null) return [];
  const { glob } = words;
  const range = wordRange(pattern, glob);
  const folder = isDir(rule) ? null : folderOf(project.tree, rule);
  if (folder !== null) {
    const better = rule.include ? `${glob.text}/**/*` : `${node.value.slice(pattern.from)} dir`;
    const text = rule.include ? better : `${glob.text} dir`;
    const effect = rule.include ? 'copies nothing of it' : 'excludes nothing in it';
    return [
      {
        code: 'pattern-never-matches',
        severity: 'warning',
        message: `'${folder.path}' is a folder: this ${effect}. Write '${rule.include ? '' : '-'}${better}'`,
        range,
        fixData: [
          replaceWord(pattern, glob, text, `Change to '${rule.include ? '' : '-'}${text}'`),
        ],
      },
    ];
  }
  if (!rule.include) {
    const message = `'${node.value}' excludes nothing at present`;
    return [{ code: 'pattern-matches-nothing', severity: 'hint', message, range }];
  }
  const shut = shutFolder(project.tree, rule.glob, selection);
  if (shut !== null) {
    return [
      {
        code: 'pattern-shadowed',
        severity: 'warning',
        message: `Nothing of '${node.value}' is copied: '${shut.source}' excludes the folder '${shut.dir}'`,
        range: node.range,
        related: relatedPattern(document, selected.nodes, shut.source),
        fixData: [removeFix(node, selected.path, selected.nodes)],
      },
    ];
  }
  // What a walk that ended early would still have found is not known.
  if (!selection.complete) return [];
  if (/[*?]/.test(glob.text) || project.exists(rule.glob)) {
    const exotic = /[[\]{}]/.test(glob.text) ? ': [ ] { } stand for themselves' : '';
    const message = `No file matches '${node.value}'${exotic}`;
    return [{ code: 'pattern-matches-nothing', severity: 'warning', message, range }];
  }
  const near = nearFile(project.tree, rule.glob);
  const fixes: FixData[] = [{ kind: 'create-file', path: rule.glob, text: '' }];
  if (near !== null) fixes.unshift(replaceWord(pattern, glob, near, `Change to '${near}'`));
  const hint = near === null ? '' : `. Did you mean '${near}'?`;
  return [
    {
      code: 'pattern-matches-nothing',
      severity: 'warning',
      message: `There is no file '${rule.glob}'${hint}`,
      range,
      fixData: fixes,
    },
  ];
}

/** A folder that a pattern for files names. Below the top level only one that is named whole. */
function folderOf(tree: FileTree, rule: PatternRule): TreeDir | null {
  const top = tree.list(tree.top).dirs.find(({ path }) => rule.regex.test(path));
  if (top !== undefined || /[*?]/.test(rule.glob)) return top ?? null;
  return dirsOnTheWay(tree, rule.glob).find(({ path }) => path === rule.glob) ?? null;
}

/** The first folder that a pattern begins with and that a `dir` rule keeps the walk out of. */
function shutFolder(
  tree: FileTree,
  glob: string,
  { patterns }: SourceSelection,
): { readonly dir: string; readonly source: string } | null {
  const rules = patterns.map(parsePattern).filter(isDir);
  for (const dir of dirsOnTheWay(tree, glob)) {
    const last = rules.findLast(
      ({ regex, sentinel }) => regex.test(dir.path) && (sentinel === '' || dir.holds(sentinel)),
    );
    if (last?.include === false) return { dir: dir.path, source: last.source };
  }
  return null;
}

/** The folders that exist on the way to what a glob names, as far as it has no wildcards. */
function dirsOnTheWay(tree: FileTree, glob: string): readonly TreeDir[] {
  const found: TreeDir[] = [];
  let dir = tree.top;
  for (const name of glob.split('/')) {
    const next = tree.list(dir).dirs.find((inner) => inner.name === name);
    if (next === undefined) break;
    found.push(next);
    dir = next;
  }
  return found;
}

/** Project files that a dependency names and that are not there (gage-format.md 4.7). */
export async function checkDependsFiles(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const value = valueAt(operation.table, 'depends');
  const items = value?.kind === 'list' ? value.items : [value];
  const found: Diagnostic[] = [];
  for (const [i, item] of items.entries()) {
    const json = operation.opdef.table['depends'];
    const facts = isJsonArray(json) ? json[i] : json;
    if (item?.kind !== 'table' || !isJsonObject(facts) || 'run-select' in facts) continue;
    if ((facts['type'] ?? 'project-files') !== 'project-files') continue;
    const nodes = stringsOf(valueAt(item, 'files')).filter(isText);
    const path: NodePath = [operation.name, 'depends', ...(isJsonArray(json) ? [i] : []), 'files'];
    try {
      const patterns = nodes.map((node) => node.value);
      const selection = await project.selection(patterns, signal);
      found.push(...checkEffects({ document, nodes, path, project, selection, first: 0 }));
    } catch (error) {
      // A broken pattern is told of its own.
      if (!(error instanceof RunyardError)) throw error;
    }
  }
  return found;
}
