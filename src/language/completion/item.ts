import type { TextRange } from '../../opdef/syntax/tree.ts';
import { replaceText, type TypedText } from '../places/written-text.ts';

type CompletionKind =
  'key' | 'value' | 'file' | 'folder' | 'config' | 'operation' | 'phase' | 'option';

/** One proposal at a cursor. */
export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly insert: string;
  /** `insert` is in the snippet syntax of VS Code. */
  readonly snippet: boolean;
  /** What it replaces; holds the cursor, on one line. */
  readonly range: TextRange;
  /** What the text in `range` is compared with; absent: the label. */
  readonly filter?: string;
  readonly detail?: string;
  readonly markdown?: string;
  /** Order among the proposals; absent: the label. */
  readonly sortText?: string;
  /** More proposals follow at once, such as the files of a folder. */
  readonly retrigger?: boolean;
}

/** A proposal for a part of a text value. */
export interface Candidate {
  readonly label: string;
  readonly kind: CompletionKind;
  /** What is written; absent: the label. */
  readonly text?: string;
  readonly detail?: string;
  readonly sortText?: string;
  /** The value goes on after it. */
  readonly open?: boolean;
}

/** The completion that puts a candidate in place of the characters `slot` of a text value. */
export function completionOf(typed: TypedText, slot: TextRange, candidate: Candidate): Completion {
  const { label, kind, text = label, open = false, detail, sortText } = candidate;
  return {
    label,
    kind,
    ...replaceText(typed, slot, text, open),
    ...(detail === undefined ? {} : { detail }),
    ...(sortText === undefined ? {} : { sortText }),
    ...(open ? { retrigger: true } : {}),
  };
}
