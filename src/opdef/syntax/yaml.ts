import { Document, isAlias, isMap, isScalar, visit } from 'yaml';
import { parseYamlDocument, yamlReason } from '../../core/yaml11.ts';
import type { RepairedText } from './repair.ts';
import type { EntryNode, SyntaxProblem, SyntaxTree, TextRange } from './tree.ts';
import { YamlNodes } from './yaml-nodes.ts';
import { repairYaml } from './yaml-repair.ts';

/** A part of the text that was read by itself. Offsets count from its start. */
interface Block {
  readonly document: Document;
  readonly repaired: RepairedText | null;
  readonly problems: readonly SyntaxProblem[];
  /** Anchors tie blocks to each other. */
  readonly hasAnchors: boolean;
}

/**
 * What was read for a tree by the text of its blocks: a change in one operation reads only that
 * one again. The library takes about 20 µs for a line.
 */
const BLOCKS = new WeakMap<SyntaxTree, ReadonlyMap<string, Block>>();

/** Reads YAML into a tree as PyYAML reads it (gage.md 1.3), and says where that surprises. */
export function parseYamlSyntax(text: string, previous?: SyntaxTree): SyntaxTree {
  const known = previous === undefined ? undefined : BLOCKS.get(previous);
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const blocks = new Map<string, Block>();
  const entries: EntryNode[] = [];
  const problems: SyntaxProblem[] = [];
  const seen = new Set<string>();
  for (const range of rangesToRead(text, start, known ?? new Map<string, Block>(), blocks)) {
    const found = readEntries(text, range, blocks);
    problems.push(...found.problems);
    for (const entry of found.entries) {
      if (seen.has(entry.key)) problems.push(duplicate(entry));
      entries.push(entry);
    }
    for (const { key } of found.entries) seen.add(key);
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

/** Reads the blocks of the text into `blocks`; the whole text is one where they are not apart. */
function rangesToRead(
  text: string,
  start: number,
  known: ReadonlyMap<string, Block>,
  blocks: Map<string, Block>,
): readonly TextRange[] {
  const ranges = splitBlocks(text, start);
  for (const { from, to } of ranges) {
    const source = text.slice(from, to);
    const block = known.get(source) ?? readBlock(source);
    blocks.set(source, block);
    if (ranges.length > 1 && (block.hasAnchors || !isTableOrWord(block.document))) {
      blocks.clear();
      const whole = text.slice(start);
      blocks.set(whole, known.get(whole) ?? readBlock(whole));
      return [{ from: start, to: text.length }];
    }
  }
  return ranges;
}

function readEntries(
  text: string,
  { from, to }: TextRange,
  blocks: ReadonlyMap<string, Block>,
): { readonly entries: readonly EntryNode[]; readonly problems: readonly SyntaxProblem[] } {
  const block = blocks.get(text.slice(from, to));
  if (block === undefined) return { entries: [], problems: [] };
  const nodes = new YamlNodes(text, block.document, block.repaired, from);
  const word = nodes.loneKey();
  const entries = nodes.entries() ?? (word === null ? [] : [word]);
  const own = block.problems.map((problem) => {
    const range = { from: from + problem.range.from, to: from + problem.range.to };
    return { ...problem, range: ofOneLine(text, range) };
  });
  return { entries, problems: [...own, ...nodes.problems] };
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
    return { document: new Document(null), repaired: null, problems, hasAnchors: false };
  }
  const hasAnchors = isAnchored(document);
  if (document.errors.length === 0) {
    const problems = [...aliasProblems(document, source), ...shapeProblems(document, source)];
    return { document, repaired: null, problems, hasAnchors };
  }
  const { repaired, problems } = repairYaml(source);
  const better = tryParse(repaired.text) ?? document;
  const errors = better.errors.map((error) => {
    const [from, to] = error.pos;
    const end = Math.min(repaired.toOriginal(to), source.length);
    const range = { from: Math.min(repaired.toOriginal(from), end), to: end };
    return syntaxProblem(yamlReason(error), range);
  });
  return { document: better, repaired, problems: [...problems, ...errors], hasAnchors };
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
    document.toJS();
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [syntaxProblem(reason, { from: 0, to: source.length })];
  }
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
