import { contextAt } from '../../opdef/cursor/context.ts';
import type { CursorContext } from '../../opdef/cursor/place.ts';
import type { GageDocument } from '../../opdef/document.ts';
import { isText } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Completion } from './item.ts';
import { headerCompletions, itemKeyCompletions, keyCompletions } from './keys.ts';
import { valueCompletions } from './values.ts';

/**
 * What can be written at an offset of a Gage file: keys from the schema, values from the
 * project's real files. Lists only the directories that are being completed.
 */
export async function completionsAt(
  document: GageDocument,
  offset: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Completion[]> {
  const context = onItsLine(document, behindBlank(document, offset), offset);
  switch (context.place) {
    case 'key':
      return keyCompletions(document, context);
    case 'header':
      return headerCompletions(document, context);
    case 'value':
      return [
        ...itemKeyCompletions(document, context),
        ...(await valueCompletions(document, context, offset, project, signal)),
      ];
    case 'other':
      return [];
  }
}

/** A text of YAML without quotes ends before the blanks that were typed after it, and goes on here. */
function behindBlank(document: GageDocument, offset: number): CursorContext {
  const { text, lines, format } = document;
  const line = lines.positionAt(offset).line;
  const before = text.slice(lines.offsetAt(line, 0), offset);
  const isLast = text.slice(offset, lines.lineEnd(line)).trim() === '';
  const end = offset - before.length + before.trimEnd().length;
  if (format === 'yaml' && isLast && end < offset && before.trim() !== '') {
    const inner = contextAt(document, end);
    const { node, quote, word, place } = inner;
    const isPlain = quote === '' && node !== null && 'kind' in node && isText(node);
    if (place === 'value' && isPlain && word.to >= end) {
      return { ...inner, word: { from: word.from, to: offset } };
    }
  }
  return contextAt(document, offset);
}

/** An editor replaces within one line only; a name that was not closed may go on over many. */
function onItsLine({ lines }: GageDocument, context: CursorContext, offset: number): CursorContext {
  const { line } = lines.positionAt(offset);
  const from = Math.max(context.word.from, lines.offsetAt(line, 0));
  const to = Math.min(context.word.to, lines.lineEnd(line));
  return { ...context, word: { from: Math.min(from, offset), to: Math.max(to, offset) } };
}
