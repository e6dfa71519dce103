import { plainWord } from '../../depends/select-run.ts';
import type { GageDocument } from '../../opdef/document.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { operationsNamed } from '../../where/analyse.ts';
import { parseWhere } from '../../where/parser.ts';
import { contains, rangeIn, textsIn, type TextNode } from '../places/patterns-at.ts';

/** A place that names an operation. */
export interface OperationMention {
  readonly name: string;
  /** As written, with its quotes. */
  readonly range: TextRange;
  /** The text value that holds it; null for the key of the operation itself. */
  readonly within: TextNode | null;
  /** Where it stands in the text of `within`. */
  readonly index: TextRange;
  /** The name is the whole selection, not a part of an expression. */
  readonly alone: boolean;
}

/** All places that name an operation, its own and those in `run-select`, in the order of the text. */
export function mentionsIn(document: GageDocument): readonly OperationMention[] {
  const own = document.operations.flatMap(({ name, entry }) =>
    [entry.keyRange, ...entry.alsoAt].map((range) => ({
      name,
      range,
      within: null,
      index: range,
      alone: false,
    })),
  );
  return [...own, ...selectedIn(document)].sort((a, b) => a.range.from - b.range.from);
}

/** The mention that an offset is in or at the edge of; null when there is none. */
export function mentionAt(document: GageDocument, offset: number): OperationMention | null {
  return mentionsIn(document).find(({ range }) => contains(range, offset)) ?? null;
}

/** Where the operation at an offset is defined and named; none when there is no operation. */
export function referencesAt(document: GageDocument, offset: number): readonly TextRange[] {
  const at = mentionAt(document, offset);
  if (at === null) return [];
  return mentionsIn(document)
    .filter(({ name }) => name === at.name)
    .map(({ range }) => range);
}

/** The operations that a selection of runs names; one word alone may mean other things of a run. */
export function mentionsOf(select: TextNode): readonly OperationMention[] {
  const { value } = select;
  const word = plainWord(value);
  if (word !== null) {
    const from = value.indexOf(word);
    return [mention(select, word, { from, to: from + word.length }, true)];
  }
  const parsed = parseWhere(value);
  if (!parsed.ok) return [];
  return operationsNamed(parsed.expression).map(({ name, from, to }) =>
    mention(select, name, { from, to }, false),
  );
}

function mention(
  within: TextNode,
  name: string,
  index: TextRange,
  alone: boolean,
): OperationMention {
  return { name, range: rangeIn(within, index.from, index.to), within, index, alone };
}

/** A word alone counts when an operation has this name. */
function selectedIn(document: GageDocument): readonly OperationMention[] {
  const defined = new Set(document.operations.map(({ name }) => name));
  return textsIn(document)
    .filter(({ role }) => role === 'run-select')
    .flatMap(({ node }) => mentionsOf(node))
    .filter(({ alone, name }) => !alone || defined.has(name));
}
