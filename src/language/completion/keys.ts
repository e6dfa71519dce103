import type { CursorContext } from '../../opdef/cursor/place.ts';
import { valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import { keyMarkdown } from '../../opdef/key-markdown.ts';
import { keyDocAt, OP_KEYS, SETTING_KEYS, type KeyDoc } from '../../opdef/keys.ts';
import type { EntryNode, GageFormat, TextRange } from '../../opdef/syntax/tree.ts';
import { keyText } from '../places/edits.ts';
import { contains } from '../places/patterns-at.ts';
import { withQuotes } from '../places/written-text.ts';
import type { Completion } from './item.ts';

/** The keys that the table at the cursor may have and does not have yet. */
export function keyCompletions(
  document: GageDocument,
  context: CursorContext,
): readonly Completion[] {
  const [name, ...below] = context.path;
  if (name === undefined) return rootCompletions(document, context);
  const docs = below.length === 0 ? OP_KEYS : (keyDocAt(below)?.children ?? []);
  const kind = below[0] === 'exec' || below[0] === 'progress' ? 'phase' : 'key';
  const present = keysPresent(document, context);
  return docs
    .filter(({ key }) => !present.has(key))
    .map((doc, i) => keyCompletion(document, context, doc, { kind, order: i }));
}

/** The keys of the table that an item of YAML may be: what is typed after the hyphen is the first. */
export function itemKeyCompletions(
  document: GageDocument,
  context: CursorContext,
): readonly Completion[] {
  const [, key, index, ...deeper] = context.path;
  const isItem = typeof key === 'string' && typeof index === 'number' && deeper.length === 0;
  if (document.format !== 'yaml' || context.quote !== '') return [];
  return isItem && LISTS.includes(key) ? keyCompletions(document, context) : [];
}

/** The tables that a TOML header may open: those below an operation, or below all of them. */
export function headerCompletions(
  document: GageDocument,
  context: CursorContext,
): readonly Completion[] {
  // Where a list of tables is named, the path goes on to its last table.
  const path = context.path.filter((part) => typeof part === 'string');
  const word = withQuotes(document.text, context.word, context.quote);
  const isList = document.text
    .slice(0, word.from)
    .replace(/[^[]*$/, '')
    .endsWith('[[');
  const tables = OP_KEYS.filter(({ key, children }) => {
    return children !== undefined && (!isList || LISTS.includes(key));
  });
  if (path.length === 1) {
    return tables
      .filter(({ key }) => isList || !hasTable(document, [...path, key], word))
      .map((doc) => tableCompletion(doc.key, word, doc));
  }
  if (path.length > 1) return [];
  // The name that is being typed is no operation yet.
  const typed = ({ entry }: OperationNode): boolean =>
    entry.alsoAt.length === 0 && contains(entry.keyRange, word.to);
  const others = document.operations.filter((operation) => !typed(operation));
  return others.flatMap(({ name }) =>
    tables
      .filter(({ key }) => isList || !hasTable(document, [name, key], word))
      .map((doc) => tableCompletion(`${keyText('toml', '', name)}.${doc.key}`, word, doc)),
  );
}

/** Keys whose value may be a list of tables. */
const LISTS: readonly string[] = ['config', 'depends'];

function tableCompletion(label: string, range: TextRange, doc: KeyDoc): Completion {
  const markdown = keyMarkdown(doc, 'toml');
  return { label, kind: 'key', insert: label, snippet: false, range, markdown };
}

function hasTable(
  document: GageDocument,
  path: readonly (string | number)[],
  word: TextRange,
): boolean {
  const table = valueAt(document.tree.root, ...path);
  return table !== null && !contains(table.range, word.from);
}

function keyCompletion(
  document: GageDocument,
  context: CursorContext,
  doc: KeyDoc,
  { kind, order }: { readonly kind: 'key' | 'phase'; readonly order: number },
): Completion {
  const { key, type, snippet } = doc;
  const sortText = String(order).padStart(3, '0');
  const markdown = keyMarkdown(doc, document.format);
  const format = inBrackets(document, context) ? 'json' : document.format;
  const filled = fillKey(document, context, key, snippet[format]);
  return { label: key, kind, ...filled, detail: type, markdown, sortText };
}

/** A key with its value as a snippet, or the key alone where a value follows already. */
function fillKey(
  document: GageDocument,
  context: CursorContext,
  key: string,
  snippet: string,
): Pick<Completion, 'insert' | 'snippet' | 'range' | 'filter'> {
  const { text, format, tree } = document;
  const { path, quote } = context;
  const range = withQuotes(text, context.word, quote);
  const filter = quote + key + quote;
  const rest = text.slice(range.to);
  if (/^[^\S\r\n]*[=:]/.test(rest)) {
    const written = text.slice(range.from, range.to);
    return { range, filter, insert: keyText(format, written, key), snippet: false };
  }
  const table = valueAt(tree.root, ...path);
  const inBraces = table?.kind === 'table' && !table.block;
  const comma = inBraces && /^\s*["'\w$]/.test(rest) ? ',' : '';
  return { range, filter, insert: snippet + comma, snippet: true };
}

/** In the brackets of YAML only what JSON may write is allowed, no blocks of lines. */
function inBrackets({ format, tree }: GageDocument, { path }: CursorContext): boolean {
  if (format !== 'yaml') return false;
  const around = [valueAt(tree.root, ...path), valueAt(tree.root, ...path.slice(0, -1))];
  const inner = around.find((node) => node?.kind === 'table' || node?.kind === 'list');
  return inner?.block === false;
}

function keysPresent(document: GageDocument, { path, word }: CursorContext): ReadonlySet<string> {
  const table = valueAt(document.tree.root, ...path);
  const entries: readonly EntryNode[] = table?.kind === 'table' ? table.entries : [];
  const others = entries.filter(({ keyRange }) => !contains(keyRange, word.to));
  return new Set(others.map(({ key }) => key));
}

const OPERATION: Readonly<Record<GageFormat, string>> = {
  toml: '[${1:train}]\nexec = "${2:python3 train.py}"$0',
  yaml: '${1:train}:\n  exec: ${2:python3 train.py}$0',
  json: '"${1:train}": {\n  "exec": "${2:python3 train.py}"$0\n}',
};

function rootCompletions(document: GageDocument, context: CursorContext): readonly Completion[] {
  const operation: Completion = {
    label: 'operation',
    kind: 'operation',
    ...fillKey(document, context, 'operation', OPERATION[document.format]),
    detail: 'a new operation',
  };
  const present = keysPresent(document, context);
  const settings = SETTING_KEYS.filter(({ key }) => !present.has(key));
  const found = [
    operation,
    ...settings.map((doc, i) => keyCompletion(document, context, doc, { kind: 'key', order: i })),
  ];
  return lacksBraces(document) ? found.map(inBraces) : found;
}

function lacksBraces({ format, text, tree }: GageDocument): boolean {
  return format === 'json' && !text.startsWith('{', tree.root.range.from);
}

function inBraces(completion: Completion): Completion {
  return { ...completion, insert: `{\n  ${completion.insert.replaceAll('\n', '\n  ')}\n}` };
}
