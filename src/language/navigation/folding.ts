import type { GageDocument } from '../../opdef/document.ts';
import type { TextRange, ValueNode } from '../../opdef/syntax/tree.ts';

/** Lines (from 0) that fold into the first of them. */
interface FoldingRange {
  readonly startLine: number;
  readonly endLine: number;
  readonly kind: 'comment' | 'region';
}

/** Where a Gage file folds: operations, values of several lines, blocks of comments. */
export function foldingOf(document: GageDocument): readonly FoldingRange[] {
  const found = new Map<string, FoldingRange>();
  const add = (range: FoldingRange): void => {
    const key = `${String(range.startLine)}:${String(range.endLine)}`;
    if (range.endLine > range.startLine && !found.has(key)) found.set(key, range);
  };
  // Texts of several lines, in which a line may look like a comment.
  const texts: TextRange[] = [];
  const visit = (node: ValueNode | null): void => {
    if (node === null) return;
    if (node.kind === 'scalar') {
      if (/\n/.test(document.text.slice(node.range.from, node.range.to))) texts.push(node.range);
    } else if (node.kind === 'table') {
      for (const { range, value } of node.entries) {
        add(linesOf(document, range, value));
        visit(value);
      }
    } else {
      for (const item of node.items) {
        if (item.kind !== 'scalar') add(linesOf(document, item.range, item));
        visit(item);
      }
    }
  };
  visit(document.tree.root);
  for (const block of commentBlocks(document, texts)) add(block);
  return [...found.values()].sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
}

/** The lines of a range; one that only closes its value stays visible. */
function linesOf(
  document: GageDocument,
  { from, to }: TextRange,
  value: ValueNode | null,
): FoldingRange {
  const { lines, text } = document;
  const startLine = lines.positionAt(from).line;
  const end = lines.positionAt(to);
  const lastLine = text.slice(lines.offsetAt(end.line, 0), to).trim();
  const isBlock = value !== null && value.kind !== 'scalar' && value.block;
  const closes = lastLine === '' || (!isBlock && CLOSING.includes(lastLine));
  return { startLine, endLine: closes ? end.line - 1 : end.line, kind: 'region' };
}

const CLOSING: readonly string[] = [']', '}', '"""', "'''"];

function commentBlocks(
  { tree, text, lines }: GageDocument,
  texts: readonly TextRange[],
): readonly FoldingRange[] {
  const form = tree.format === 'json' ? /^[^\S\r\n]*\/\/.*/gm : /^[^\S\r\n]*#.*/gm;
  const blocks: { startLine: number; endLine: number; kind: 'comment' }[] = [];
  for (const { index } of text.matchAll(form)) {
    if (texts.some(({ from, to }) => from < index && index < to)) continue;
    const { line } = lines.positionAt(index);
    const last = blocks.at(-1);
    if (last?.endLine === line - 1) last.endLine = line;
    else blocks.push({ startLine: line, endLine: line, kind: 'comment' });
  }
  return blocks;
}
