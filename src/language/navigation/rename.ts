import { RunyardError } from '../../core/base/errors.ts';
import { plainWord } from '../../depends/select-run.ts';
import type { GageDocument } from '../../opdef/document.ts';
import type { TextEdit, TextRange } from '../../opdef/syntax/tree.ts';
import { operationsNamed } from '../../where/analyse.ts';
import { parseWhere } from '../../where/parser.ts';
import { keyText, replaceIn } from '../places/edits.ts';
import { mentionAt, mentionsIn, type OperationMention } from './references.ts';

/** The operation name at an offset, which can be renamed; null where there is none. */
export function renameRangeAt(
  document: GageDocument,
  offset: number,
): { readonly range: TextRange; readonly name: string } | null {
  const mention = mentionAt(document, offset);
  if (mention === null || !isDefined(document, mention.name)) return null;
  return { range: mention.range, name: mention.name };
}

/**
 * The edits that give the operation at an offset another name, everywhere in the document:
 * its tables and dotted keys, and the dependencies that select its runs. None when there is no
 * operation. Throws `bad-request` when an operation cannot have that name.
 */
export function renameAt(
  document: GageDocument,
  offset: number,
  newName: string,
): readonly TextEdit[] {
  const operation = renameRangeAt(document, offset);
  if (operation === null || operation.name === newName) return [];
  checkName(document, newName);
  const mentions = mentionsIn(document).filter(({ name }) => name === operation.name);
  const byValue = Map.groupBy(mentions, ({ within }) => within);
  return [...byValue.values()]
    .flatMap((group) => editMentions(document, group, newName))
    .sort((a, b) => a.from - b.from);
}

function isDefined(document: GageDocument, name: string): boolean {
  return document.operations.some((operation) => operation.name === name);
}

function checkName(document: GageDocument, name: string): void {
  const refuse = (why: string, hint: string): never => {
    throw new RunyardError('bad-request', why, { hint });
  };
  if (name === '') refuse('An operation needs a name', 'Type a name.');
  if (/\s/.test(name)) {
    refuse(`"${name}" holds white space, an operation cannot`, 'Use a hyphen instead of blanks.');
  }
  if (name.startsWith('$')) {
    refuse(`"${name}" starts with "$", which is for settings`, 'Use another first character.');
  }
  if (isDefined(document, name)) {
    refuse(`There is an operation "${name}" already`, 'Choose another name.');
  }
}

/** All mentions in one text value in one edit: without quotes the value is written anew. */
export function editMentions(
  document: GageDocument,
  mentions: readonly OperationMention[],
  name: string,
): readonly TextEdit[] {
  const { format } = document;
  const [first] = mentions;
  const within = first?.within ?? null;
  if (within === null) {
    return mentions.map(({ range }) => {
      const insert = keyText(format, document.text.slice(range.from, range.to), name);
      return { ...range, insert };
    });
  }
  const { value } = within;
  let text = '';
  let at = 0;
  for (const { index, alone } of mentions) {
    const { from, to } = withQuotes(value, index);
    const written = value.slice(from, to);
    text += value.slice(at, from);
    text += alone ? selectionText(written, name) : literalText(written, name);
    at = to;
  }
  return [replaceIn(document, within, 0, value.length, text + value.slice(at))];
}

/** The literal of an expression whose text is at `index`. */
function withQuotes(expression: string, { from, to }: TextRange): TextRange {
  const quote = expression.charAt(from - 1);
  const isQuoted = /["']/.test(quote) && expression.charAt(to) === quote;
  return isQuoted ? { from: from - 1, to: to + 1 } : { from, to };
}

/** A name that is the whole selection; what cannot be one word becomes an expression. */
function selectionText(written: string, name: string): string {
  const quote = /^["']/.exec(written)?.[0] ?? '';
  const word = quote + name + quote;
  return plainWord(word) === name ? word : `operation == ${quoteIn('"', name)}`;
}

/** A name in an expression: in the quotes that it has, or in some when it needs them. */
function literalText(written: string, name: string): string {
  const quote = /^["']/.exec(written)?.[0];
  if (quote !== undefined) return quoteIn(quote, name);
  const bare = parseWhere(`operation == ${name}`);
  const isName = bare.ok && operationsNamed(bare.expression).some((named) => named.name === name);
  return isName ? name : quoteIn('"', name);
}

function quoteIn(quote: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  return quote + escaped + quote;
}
