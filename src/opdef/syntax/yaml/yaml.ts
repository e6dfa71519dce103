import { Document, isAlias, isMap, isScalar, isSeq, visit, type Node, type YAMLError } from 'yaml';
import { parseYamlDocument, yamlReason } from '../../../core/data/yaml11.ts';
import type { RepairedText } from '../repair.ts';
import type { EntryNode, SyntaxProblem, SyntaxTree, TextRange } from '../tree.ts';
import { isMergeKey, YamlNodes } from './nodes.ts';
import { repairYaml } from './repair.ts';

/** A part of the text that was read by itself. Offsets count from its start. */
interface Block {
  readonly document: Document;
  readonly repaired: RepairedText | null;
  readonly problems: readonly SyntaxProblem[];
  /** Anchors tie blocks to each other. */
  readonly hasAnchors: boolean;
  /** Of the problems the one behind which nothing could be read; null when there is none. */
  readonly breaksOff: SyntaxProblem | null;
}

/**
 * What was read for a tree by the text of its blocks: a change in one operation reads only that
 * one again. The library takes about 20 µs for a line.
 */
const BLOCKS = new WeakMap<SyntaxTree, ReadonlyMap<string, Block>>();

/** Reads YAML into a tree as PyYAML reads it (gage-format.md 1.3), and says where that surprises. */
export function parseYamlSyntax(text: string, previous?: SyntaxTree): SyntaxTree {
  const known = previous === undefined ? undefined : BLOCKS.get(previous);
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const blocks = new Map<string, Block>();
  const entries: EntryNode[] = [];
  const problems: SyntaxProblem[] = [];
  const seen = new Set<string>();
  const read: ReadBlock = ({ from, to }) => {
    const source = text.slice(from, to);
    const block = blocks.get(source) ?? known?.get(source) ?? readBlock(source);
    blocks.set(source, block);
    return block;
  };
  const parts = partsToRead(text, start, read);
  problems.push(...parts.problems);
  for (const [i, range] of parts.ranges.entries()) {
    const found = readEntries(text, range, read(range));
    problems.push(...found.problems);
    const own = i === 0 && parts.isTorn ? operationsAmong(found.entries) : found.entries;
    for (const entry of own) {
      if (seen.has(entry.key)) problems.push(duplicate(entry));
      entries.push(entry);
    }
    for (const { key } of own) seen.add(key);
  }
  const root = {
    kind: 'table',
    range: { from: start, to: text.length },
    entries,
    block: true,
  } as const;
  const tree: SyntaxTree = { format: 'yaml', text, root, problems };
  BLOCKS.set(tree, blocks);
  return tree;
}

type ReadBlock = (range: TextRange) => Block;

/** A text as the parts that are read one by one. */
interface Parts {
  readonly ranges: readonly TextRange[];
  readonly problems: readonly SyntaxProblem[];
  /** The keys of the first part are indented, and have lost the operation above them. */
  readonly isTorn: boolean;
}

/**
 * Where the text as a whole breaks off, what is above the next line that begins a key at the
 * margin is read by itself, so that the operations from there on are not lost.
 */
function partsToRead(text: string, start: number, read: ReadBlock): Parts {
  const torn = tornHead(text, start);
  if (torn !== null) {
    const problem = syntaxProblem(NO_OPERATION, ofOneLine(text, torn));
    const ranges = [{ from: start, to: torn.to }, ...rangesToRead(text, torn.to, read)];
    return { ranges, problems: [problem], isTorn: true };
  }
  const ranges = rangesToRead(text, start, read);
  const [whole] = ranges;
  const fault = whole !== undefined && ranges.length === 1 ? read(whole).breaksOff : null;
  const cut = fault === null ? -1 : nextKeyLine(text, start, start + fault.range.from);
  if (fault === null || cut <= start) return { ranges, problems: [], isTorn: false };
  const head = { from: start, to: cut };
  const problems = read(head).problems.length > 0 ? [] : [shifted(text, fault, start)];
  return { ranges: [head, ...rangesToRead(text, cut, read)], problems, isTorn: false };
}

/** The indented keys above the first at the margin; null where the text does not begin so. */
function tornHead(text: string, start: number): TextRange | null {
  const before = INDENTED_FIRST.exec(text.slice(start))?.[0];
  if (before === undefined) return null;
  const to = nextKeyLine(text, start, start);
  if (to === -1 || /^(?:---|\.\.\.|%)/m.test(text.slice(start, to))) return null;
  return { from: start + before.length, to };
}

const NO_OPERATION = 'Indented, but no operation is above it';
/** Blank lines, comments, and the space before the first key. */
const INDENTED_FIRST = /^(?:[ \t\r]*(?:#.*)?\n)*[ ]+(?=["'$\w./])/;

/** Where the first line from that of an offset on begins a key at the margin; -1 for none. */
function nextKeyLine(text: string, start: number, offset: number): number {
  KEY_LINE.lastIndex = Math.max(start, text.lastIndexOf('\n', offset - 1) + 1);
  return KEY_LINE.exec(text)?.index ?? -1;
}

const KEY_LINE = /^(?:"[^"\r\n]*"|'[^'\r\n]*'|[\w$./][^\r\n#]*?):(?=\s|$)/gm;

/** The blocks of the text; the whole text is one where they are not apart. */
function rangesToRead(text: string, start: number, read: ReadBlock): readonly TextRange[] {
  const ranges = splitBlocks(text, start);
  const areApart = (range: TextRange): boolean => {
    const { hasAnchors, document } = read(range);
    return !hasAnchors && isTableOrWord(document);
  };
  return ranges.length === 1 || ranges.every(areApart)
    ? ranges
    : [{ from: start, to: text.length }];
}

function readEntries(
  text: string,
  { from }: TextRange,
  block: Block,
): { readonly entries: readonly EntryNode[]; readonly problems: readonly SyntaxProblem[] } {
  const nodes = new YamlNodes(text, block.document, block.repaired, from);
  const word = nodes.loneKey();
  const entries = nodes.entries() ?? (word === null ? [] : [word]);
  const own = block.problems.map((problem) => shifted(text, problem, from));
  return { entries, problems: [...own, ...nodes.problems] };
}

/** A problem of a block that starts at `from`. */
function shifted(text: string, problem: SyntaxProblem, from: number): SyntaxProblem {
  const range = { from: from + problem.range.from, to: from + problem.range.to };
  return { ...problem, range: ofOneLine(text, range) };
}

/** What to underline: not more than a line, and more than white space where there is some. */
function ofOneLine(text: string, range: TextRange): TextRange {
  // The library reports what is missing behind the end.
  const from = Math.min(range.from, text.length);
  const line = /^[^\r\n]*/.exec(text.slice(from))?.[0].trimEnd() ?? '';
  const marked = text.slice(from, Math.min(range.to, from + line.length));
  const to = from + (marked.trim() === '' ? line.length : marked.length);
  return { from, to };
}

/**
 * The parts of the text that can be read one by one: each line at the left margin begins one.
 * One range for all when there are marks of documents, or when the text is no table in lines.
 */
function splitBlocks(text: string, start: number): readonly TextRange[] {
  const whole = [{ from: start, to: text.length }];
  const starts: number[] = [];
  let margin: number | null = null;
  for (let from = start; from < text.length;) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    const line = text.slice(from, to);
    const indent = line.search(/[^ \t\r]/);
    if (indent !== -1 && line[indent] !== '#') {
      if (MARKS.test(line)) return whole;
      if (margin === null) {
        if (!BLOCK_START.test(line)) return whole;
        margin = indent;
        starts.push(start);
      } else if (indent < margin) {
        return whole;
      } else if (indent === margin && !CONTINUES.test(line)) {
        if (!BLOCK_START.test(line)) return whole;
        starts.push(from);
      }
    }
    from = to + 1;
  }
  if (starts.length === 0) return whole;
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? text.length }));
}

/** Marks of documents; a mark of byte order counts only at the start of what is read. */
const MARKS = /^(?:---|\.\.\.|%|\ufeff)/;
/** A line that may begin a key; everything else of YAML is read as a whole. */
const BLOCK_START = /^ *(?:["'$\w./]|-[^\s-])/;
/** Lines at the margin that belong to what is above: items of a list, closing brackets. */
const CONTINUES = /^ *(?:-(?:\s|$)|[\]}])/;

function readBlock(source: string): Block {
  const document = tryParse(source);
  if (document === null) {
    const problems = [syntaxProblem('Nested too deeply', { from: 0, to: source.length })];
    const empty = new Document(null);
    return { document: empty, repaired: null, problems, hasAnchors: false, breaksOff: null };
  }
  const hasAnchors = isAnchored(document);
  if (document.errors.length === 0) {
    const problems = [...aliasProblems(document, source), ...shapeProblems(document, source)];
    return { document, repaired: null, problems, hasAnchors, breaksOff: null };
  }
  const { repaired, problems } = repairYaml(source, document.errors.some(isOfIndent));
  const better = tryParse(repaired.text) ?? document;
  const errors = better.errors.filter(isNews).map((error) => {
    const [from, to] = error.pos;
    const end = Math.min(repaired.toOriginal(to), source.length);
    const range = { from: Math.min(repaired.toOriginal(from), end), to: end };
    return syntaxProblem(yamlReason(error), range);
  });
  const breaksOff = errors.find(({ message }) => BREAKS_OFF.test(message)) ?? null;
  return { document: better, repaired, problems: [...problems, ...errors], hasAnchors, breaksOff };
}

function isOfIndent({ code }: YAMLError): boolean {
  return code === 'BAD_INDENT' || code === 'BLOCK_AS_IMPLICIT_KEY';
}

const BREAKS_OFF = /token in YAML stream|at node end/;

/** Where the library cannot go on it refuses all that follows, and it tells some faults twice. */
function isNews(error: YAMLError, index: number, all: readonly YAMLError[]): boolean {
  if (error.pos[0] === all[index - 1]?.pos[0]) return false;
  return (
    !BREAKS_OFF.test(error.message) ||
    all.findIndex((one) => BREAKS_OFF.test(one.message)) === index
  );
}

/** Null for a text nested deeper than the stack. */
function tryParse(source: string): Document | null {
  try {
    return parseYamlDocument(source);
  } catch {
    return null;
  }
}

function isAnchored(document: Document): boolean {
  let found = false;
  visit(document, {
    Node(_, node) {
      found = !isAlias(node) && node.anchor !== undefined;
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

/** What the library refuses only when it makes values: aliases without anchor, odd merges. */
function aliasProblems(document: Document, source: string): readonly SyntaxProblem[] {
  if (!source.includes('*') && !source.includes('<<')) return [];
  const problems: SyntaxProblem[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      const [from = 0, to = source.length] = node.range ?? [];
      const message = `*${node.source} is an alias of YAML without its anchor; text needs quotes`;
      problems.push(syntaxProblem(message, { from, to }));
    },
  });
  return problems.length > 0 ? problems : valueProblems(document, source);
}

function valueProblems(document: Document, source: string): readonly SyntaxProblem[] {
  try {
    // As a map, because keys that are no text would be printed as warnings of the process.
    document.toJS({ mapAsMap: true });
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const [from = 0, to = source.length] = refusedNode(document)?.range ?? [];
    return [syntaxProblem(reason, { from, to })];
  }
}

/** The key of the first merge of something else than tables, or else the last alias. */
function refusedNode(document: Document): Node | null {
  let refused: Node | null = null;
  visit(document, {
    Alias(_, node) {
      refused = node;
    },
    Pair(_, pair) {
      if (!isMergeKey(pair) || isMergeSource(document, pair.value)) return undefined;
      refused = isScalar(pair.key) ? pair.key : refused;
      return visit.BREAK;
    },
  });
  return refused;
}

function isMergeSource(document: Document, value: unknown): boolean {
  const source = isAlias(value) ? value.resolve(document) : value;
  const tables = isSeq(source) ? source.items : [source];
  return tables.every((table) => isMap(isAlias(table) ? table.resolve(document) : table));
}

/** Of indented entries without an operation above them, the one that is an operation itself. */
function operationsAmong(entries: readonly EntryNode[]): readonly EntryNode[] {
  const value = entries[0]?.value;
  return entries.length === 1 && value?.kind === 'table' && value.block ? entries : [];
}

function shapeProblems({ contents }: Document, source: string): readonly SyntaxProblem[] {
  if (contents === null || isMap(contents) || isScalar(contents)) return [];
  const message = 'A Gage file holds a table with operations';
  return [syntaxProblem(message, { from: 0, to: source.length })];
}

function isTableOrWord({ contents }: Document): boolean {
  if (contents === null || isMap(contents)) return true;
  return isScalar(contents) && contents.source !== '' && !contents.type?.startsWith('BLOCK');
}

function syntaxProblem(message: string, range: TextRange): SyntaxProblem {
  return { code: 'syntax', severity: 'error', message, range };
}

function duplicate({ key, keyRange: range }: EntryNode): SyntaxProblem {
  const message = `The key "${key}" is already there; the last one counts`;
  return { code: 'duplicate-key', severity: 'warning', message, range };
}
