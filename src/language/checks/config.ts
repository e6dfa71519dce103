import { globToRegExp } from '../../core/sourcecode/patterns.ts';
import {
  entryOf,
  stringsOf,
  valueAt,
  type GageDocument,
  type OperationNode,
} from '../../opdef/document.ts';
import type { TextRange, ValueNode } from '../../opdef/syntax/tree.ts';
import { replaceIn } from '../places/edits.ts';
import { configPathParts, isText, rangeIn, type TextNode } from '../places/patterns-at.ts';
import type { Diagnostic, NodePath } from './diagnostic.ts';
import { checkPattern, type PatternText } from './patterns.ts';

/** A path of `config` (gage-format.md 4.5) and where its parts stand. */
export interface ConfigPathText {
  readonly document: GageDocument;
  readonly node: TextNode;
  /** From the root of the document. */
  readonly path: NodePath;
  /** The file part; null when it names only keys. */
  readonly file: PatternText | null;
  /** The glob of the keys; null when it names none. For a file alone it is `*`. */
  readonly keyGlob: string | null;
  /** Where the keys are written, `#` left out; null when they are not. */
  readonly keyRange: TextRange | null;
  /** Whether it removes what it names. */
  readonly excludes: boolean;
}

/** The paths of an operation's `config` by group, in order (gage-format.md 4.5). */
export function configPathGroups(
  document: GageDocument,
  { name, table }: OperationNode,
): readonly (readonly ConfigPathText[])[] {
  const value = valueAt(table, 'config');
  if (value === null) return [];
  const root: NodePath = [name, 'config'];
  if (value.kind !== 'list') return [pathsOf(document, value, root)];
  if (value.items.every(isText)) {
    return [value.items.map((node, i) => readPath(document, node, [...root, i]))];
  }
  return value.items.map((item, i) => pathsOf(document, item, [...root, i]));
}

function pathsOf(
  document: GageDocument,
  value: ValueNode,
  path: NodePath,
): readonly ConfigPathText[] {
  if (isText(value)) return [readPath(document, value, path)];
  const keys = value.kind === 'table' ? (entryOf(value, 'keys')?.value ?? null) : null;
  const inList = keys?.kind === 'list';
  return stringsOf(keys)
    .filter(isText)
    .map((node, i) => readPath(document, node, [...path, 'keys', ...(inList ? [i] : [])]));
}

function readPath(document: GageDocument, node: TextNode, path: NodePath): ConfigPathText {
  const { excludes, file, key } = configPathParts(node.value);
  const keyText = key === null ? null : node.value.slice(key.from, key.to);
  const include = !(excludes && !keyText);
  return {
    document,
    node,
    path,
    file: file.from === file.to ? null : { document, node, ...file, include },
    keyGlob: (keyText ?? (excludes ? '' : '*')) || null,
    keyRange: key === null || keyText === '' ? null : rangeIn(node, key.from, key.to),
    excludes,
  };
}

/** What is wrong with the paths of `config` whatever the files hold. */
export function checkConfig(document: GageDocument, operation: OperationNode): Diagnostic[] {
  return configPathGroups(document, operation).flatMap((group) => {
    const hasFile = group.some(({ file }) => file?.include === true);
    return group.flatMap((path, i) => [
      ...checkPath(document, path, hasFile),
      ...checkTwice(path, group.slice(0, i)),
    ]);
  });
}

function checkPath(document: GageDocument, path: ConfigPathText, hasFile: boolean): Diagnostic[] {
  const { node, file, keyGlob, keyRange } = path;
  if (file === null && keyGlob === null) {
    const message = `'${node.value}' names no file and no key: write a path such as train.py#lr`;
    return [{ code: 'pattern-syntax', severity: 'error', message, range: node.range }];
  }
  const found: Diagnostic[] = file === null ? [] : [...checkPattern(file)];
  if (file === null && !hasFile) {
    found.push({
      code: 'config-file-missing',
      severity: 'warning',
      message: `'${node.value}' names keys of no file: add a path with a file, or write it before the #`,
      range: node.range,
    });
  }
  if (keyGlob !== null && keyRange !== null && /(?:^|\.)\*\*$/.test(keyGlob)) {
    const better = `${keyGlob}.*`;
    const from = node.value.length - keyGlob.length;
    const edit = replaceIn(document, node, from, node.value.length, better);
    found.push({
      code: 'pattern-never-matches',
      severity: 'warning',
      message: `'${keyGlob}' names no key: '**' stands for the tables above one. Write '${better}'`,
      range: keyRange,
      fixData: [{ kind: 'edit', title: `Change to '${better}'`, edits: [edit] }],
    });
  }
  return found;
}

/** A path whose keys an earlier one of its group names already. */
function checkTwice(path: ConfigPathText, earlier: readonly ConfigPathText[]): Diagnostic[] {
  const { node, keyGlob } = path;
  const first = earlier.find(
    (other) =>
      fileText(other) === fileText(path) &&
      other.excludes === path.excludes &&
      (other.keyGlob === keyGlob || coversKey(other, keyGlob)),
  );
  if (first === undefined) return [];
  return [
    {
      code: 'config-duplicate',
      severity: 'warning',
      message:
        first.node.value === node.value
          ? `'${node.value}' is given twice`
          : `'${first.node.value}' has this key already`,
      range: node.range,
      unnecessary: true,
      related: [
        {
          path: path.document.path,
          range: first.node.range,
          message: `'${first.node.value}' is here`,
        },
      ],
      fixData: [{ kind: 'remove', title: `Remove '${node.value}'`, path: path.path }],
    },
  ];
}

function fileText({ file }: ConfigPathText): string | null {
  return file === null ? null : file.node.value.slice(file.from, file.to).trim();
}

function coversKey({ keyGlob, file }: ConfigPathText, key: string | null): boolean {
  if (keyGlob === null || key === null || /[*?]/.test(key) || file === null) return false;
  return globToRegExp(keyGlob, '.').test(key);
}
