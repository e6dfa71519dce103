import type { GageDocument } from '../../opdef/document.ts';
import type { SyntaxProblem } from '../../opdef/syntax/tree.ts';
import { literalIn } from '../places/written-text.ts';
import type { Diagnostic, FixData } from './diagnostic.ts';

/** What is wrong with the text itself. */
export function checkSyntax(document: GageDocument): readonly Diagnostic[] {
  return document.tree.problems.map((problem) => {
    const fixData = quoteVersion(document, problem);
    return { ...problem, ...(fixData.length > 0 && { fixData }) };
  });
}

/** `version = 1.2.3` is the usual reason for a broken line: it is a string, and needs quotes. */
function quoteVersion(
  { text, lines, tree }: GageDocument,
  { code, range }: SyntaxProblem,
): readonly FixData[] {
  if (code !== 'syntax') return [];
  const { line } = lines.positionAt(range.from);
  const start = lines.offsetAt(line, 0);
  const end = text.slice(start).search(/[\r\n]|$/) + start;
  const match = VERSION.exec(text.slice(start, end));
  const [, before = '', literal = ''] = match ?? [];
  if (match === null) return [];
  const from = start + before.length;
  const edit = { from, to: from + literal.length, insert: literalIn(tree.format, literal) };
  return [{ kind: 'edit', title: 'Quote the version', edits: [edit] }];
}

const VERSION = /^(.*(?:^|[\s{,])["']?version["']?\s*[=:]\s*)([\w.+-]*\d[\w.+-]*)\s*(?:[,}#].*)?$/;
