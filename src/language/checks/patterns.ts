import { describeError } from '../../core/base/errors.ts';
import { placedWords, type PlacedWord } from '../../core/sourcecode/patterns.ts';
import type { GageDocument } from '../../opdef/document.ts';
import { nearestName } from '../../opdef/suggest.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { replaceIn } from '../places/edits.ts';
import { rangeIn, type TextNode } from '../places/patterns-at.ts';
import type { Diagnostic, DiagnosticCode, FixData, NodePath } from './diagnostic.ts';

/** A file pattern, or the part of a config path that is one: without its leading `-`. */
export interface PatternText {
  readonly document: GageDocument;
  readonly node: TextNode;
  /** Characters of the text of `node`. */
  readonly from: number;
  readonly to: number;
  readonly include: boolean;
}

/** A pattern of `sourcecode` or `depends` (gage-format.md 4.2). */
export function patternText(document: GageDocument, node: TextNode): PatternText {
  const { value } = node;
  const escaped = value.startsWith('\\-');
  const prefix = escaped ? null : /^- */.exec(value);
  const from = escaped ? 1 : (prefix?.[0].length ?? 0);
  return { document, node, from, to: value.length, include: prefix === null };
}

/** A pattern in its words; null when it has none or is broken. */
export function patternWords(
  pattern: PatternText,
): { readonly glob: PlacedWord; readonly options: readonly PlacedWord[] } | null {
  try {
    const [glob, ...options] = placedWords(specOf(pattern));
    return glob === undefined ? null : { glob, options };
  } catch {
    return null;
  }
}

/** Where a word of a pattern stands in the document. */
export function wordRange(pattern: PatternText, word: TextRange): TextRange {
  return rangeIn(pattern.node, pattern.from + word.from, pattern.from + word.to);
}

/** A fix that writes something else in place of a part of a pattern. */
export function replaceWord(
  pattern: PatternText,
  word: TextRange,
  text: string,
  title: string,
): FixData {
  const { document, node, from } = pattern;
  const edit = replaceIn(document, node, from + word.from, from + word.to, text);
  return { kind: 'edit', title, edits: [edit] };
}

/** What is wrong with a file pattern whatever the project holds (gage-format.md 4.2). */
export function checkPattern(pattern: PatternText): readonly Diagnostic[] {
  let words: readonly PlacedWord[];
  try {
    words = placedWords(specOf(pattern));
  } catch (error) {
    const range = wordRange(pattern, { from: 0, to: specOf(pattern).length });
    return [{ code: 'pattern-syntax', severity: 'error', message: describeError(error), range }];
  }
  const [glob, ...options] = words;
  if (glob === undefined || glob.text === '') {
    const message = 'An empty pattern: Gage fails on it. Write a pattern such as *.py';
    const { range } = pattern.node;
    return [{ code: 'pattern-syntax', severity: 'error', message, range }];
  }
  const spec = specOf(pattern);
  const slashed = spec.replace(/\\(?=[\w.*?])/g, '/');
  if (slashed !== spec && !/["']/.test(spec)) {
    const all = { from: 0, to: spec.length };
    return [
      {
        code: 'pattern-syntax',
        severity: 'warning',
        message: `A backslash only keeps the character after it. Write '${slashed}'`,
        range: wordRange(pattern, all),
        fixData: [replaceWord(pattern, all, slashed, `Change to '${slashed}'`)],
      },
    ];
  }
  const ofDir = options.some(({ text }) => text === 'dir');
  return [...checkGlob(pattern, glob, ofDir), ...checkOptions(pattern, glob, options)];
}

function specOf({ node, from, to }: PatternText): string {
  return node.value.slice(from, to);
}

function checkGlob(pattern: PatternText, glob: PlacedWord, ofDir: boolean): readonly Diagnostic[] {
  const { text } = glob;
  const parts = text.split('/');
  const never = (why: string, better: string | null): readonly Diagnostic[] => [
    {
      code: 'pattern-never-matches',
      severity: 'warning',
      message: `'${text}' never matches: ${why}${better === null ? '' : `. Write '${better}'`}`,
      range: wordRange(pattern, glob),
      ...(better !== null && {
        fixData: [replaceWord(pattern, glob, better, `Change to '${better}'`)],
      }),
    },
  ];
  if (parts.includes('..')) return never('files are looked for inside the project only', null);
  if (parts.some((part) => part === '' || part === '.')) {
    const plain = parts.filter((part) => part !== '' && part !== '.').join('/');
    if (plain === '') return never('paths begin with the name of a file or folder', '**/*');
    if (/\/\.?$/.test(text)) {
      const all = pattern.include ? `${plain}/**/*` : `${plain} dir`;
      return never('it ends with a slash', ofDir ? plain : all);
    }
    return never('paths are relative to the project, without / or ./ before them', plain);
  }
  if (parts.at(-1) === '**') return never("'**' stands for folders, not for files", `${text}/*`);
  return [];
}

const TYPES: readonly string[] = ['dir', 'text', 'binary'];

function checkOptions(
  pattern: PatternText,
  glob: PlacedWord,
  options: readonly PlacedWord[],
): readonly Diagnostic[] {
  const type = TYPES.find((name) => options.some(({ text }) => text === name));
  const sizeBelow = options.some(({ text }) => /^size<\d+$/.test(text));
  const found: Diagnostic[] = [];
  const add = (
    code: DiagnosticCode,
    { from, to }: TextRange,
    message: string,
    ...fixData: readonly FixData[]
  ): void => {
    const range = wordRange(pattern, { from, to });
    found.push({ code, severity: 'warning', message, range, fixData });
  };
  for (const [i, option] of options.entries()) {
    const { text } = option;
    const before = options[i - 1] ?? glob;
    const remove = (): FixData =>
      replaceWord(pattern, { from: before.to, to: option.to }, '', `Remove '${text}'`);
    if (TYPES.includes(text)) {
      if (text !== type) {
        add('pattern-syntax', option, `'${text}' is ignored beside '${type ?? ''}'`, remove());
      }
    } else if (/^size>0+$/.test(text)) {
      const message = "'size>0' matches nothing in Gage: leave it out";
      if (!sizeBelow) add('pattern-never-matches', option, message, remove());
    } else if (/^max-matches=0+$/.test(text)) {
      add('pattern-never-matches', option, `With '${text}' the pattern matches nothing`, remove());
    } else if (text.startsWith('sentinel=')) {
      const message = `'${text}' is ignored: it counts for patterns with 'dir' only`;
      if (type !== 'dir') add('pattern-syntax', option, message, remove());
    } else if (!/^(?:size[<>]|max-matches=)\d+$/.test(text)) {
      const message = `'${text}' is no option: Gage ignores it${optionHelp(text, option, pattern)}`;
      const near = nearestName(text, TYPES);
      const fixes = [
        ...(near === null ? [] : [replaceWord(pattern, option, near, `Change to '${near}'`)]),
        ...quoteName(pattern, text),
        remove(),
      ];
      add('pattern-syntax', option, message, ...fixes);
    }
  }
  const range = sizeRange(options);
  if (range !== null) {
    const message = 'Two sizes: a file matches when one of them holds, so this matches every file';
    add('pattern-syntax', range, message);
  }
  return found;
}

/** Completes the sentence that a word is no option. */
function optionHelp(text: string, { from, to }: TextRange, pattern: PatternText): string {
  const quoted = /["'\\]/.test(specOf(pattern).slice(from, to));
  if (text.startsWith('size')) return '. Write size<BYTES or size>BYTES, digits only';
  if (text.startsWith('max')) return '. Write max-matches=NUMBER';
  const near = nearestName(text, TYPES);
  if (near !== null) return `. Did you mean '${near}'?`;
  if (looksLikeName(text) && !quoted) return '. A name with blanks needs quotes';
  return ' (options: dir, text, binary, size<N, size>N, max-matches=N, sentinel=FILE)';
}

function looksLikeName(text: string): boolean {
  return /[./*]/.test(text);
}

/** Puts quotes around a pattern that is one name with blanks. */
function quoteName(pattern: PatternText, option: string): readonly FixData[] {
  const spec = specOf(pattern);
  if (!looksLikeName(option) || /["'\\]/.test(spec)) return [];
  const title = 'Quote the name with blanks';
  return [replaceWord(pattern, { from: 0, to: spec.length }, `'${spec.trim()}'`, title)];
}

/** From the first to the last of two sizes that together match everything; null otherwise. */
function sizeRange(options: readonly PlacedWord[]): TextRange | null {
  const last = (form: RegExp): PlacedWord | undefined =>
    options.findLast(({ text }) => form.test(text));
  const above = last(/^size>\d+$/);
  const below = last(/^size<\d+$/);
  if (above === undefined || below === undefined) return null;
  const [more, less] = [above, below].map(({ text }) => Number(text.slice('size>'.length)));
  if (more === undefined || less === undefined || more === 0 || more >= less) return null;
  return { from: Math.min(above.from, below.from), to: Math.max(above.to, below.to) };
}

/** Patterns that stand in a list twice; removing the one that is told changes nothing. */
export function checkEqualPatterns(
  { path }: GageDocument,
  nodes: readonly TextNode[],
  place: NodePath,
): readonly Diagnostic[] {
  return nodes.flatMap((node, i) => {
    const before = nodes.findLastIndex((other, j) => j < i && other.value === node.value);
    const first = nodes[before];
    if (first === undefined || /\smax-matches=/.test(node.value)) return [];
    // With an opposite pattern between them, the later of the two is what decides.
    const between = nodes.slice(before + 1, i).some(({ value }) => isOpposite(value, node.value));
    const [idle, other, index] = between ? [first, node, before] : [node, first, i];
    return [
      {
        code: 'pattern-shadowed',
        severity: 'warning',
        message: `'${idle.value}' is given twice`,
        range: idle.range,
        unnecessary: true,
        related: [{ path, range: other.range, message: `'${other.value}' is here too` }],
        fixData: [{ kind: 'remove', title: `Remove '${idle.value}'`, path: [...place, index] }],
      },
    ];
  });
}

function isOpposite(a: string, b: string): boolean {
  return a.startsWith('-') !== b.startsWith('-');
}
