import {
  RUN_FIELDS,
  valueKey,
  kindOf,
  runField,
  type Kind,
  type Literal,
  type LiteralValue,
  type Operand,
  type Span,
} from './ast.ts';
import { WhereError } from './problem.ts';
import { readDuration, readTime } from './time.ts';

/** A word of which only its neighbours tell whether it is a field or a text. */
interface Word extends Span {
  readonly kind: 'word';
  readonly text: string;
}

/** A part of a comparison before it is known what its words mean. */
export type Term = Operand | Word;

/** A word as the field that it names. */
export function fieldOf(term: Term): Operand {
  if (term.kind !== 'word') return term;
  const { text, from, to } = term;
  const field = runField(text);
  if (field !== null) return { kind: 'run', field, from, to };
  const found = valueKey(text) ?? { part: null, key: text };
  if (found.key === '') throw new WhereError(`Expected a name after '${text}'`, { from: to, to });
  return { kind: 'value', ...found, from, to };
}

/**
 * The two sides of a comparison. On the left a word is a field. On the right it is a text,
 * except beside a literal, with a prefix (`config.lr`), and beside times and numbers, where
 * only fields of their kind make sense.
 */
export function resolveSides(left: Term, right: Term): readonly [Operand, Operand] {
  const first = fieldOf(left);
  if (first.kind !== 'literal') return [first, resolveBeside(first, right)];
  const second = fieldOf(right);
  return [resolveBeside(second, first), second];
}

/** What `term` means when it is compared with `field`. Throws {@link WhereError}. */
export function resolveBeside(field: Operand, term: Term): Operand {
  const kind = kindOf(field);
  if (term.kind === 'word') return wordBeside(kind, term);
  if (term.kind === 'literal') return literalBeside(kind, term);
  const other = kindOf(term);
  if (other !== 'any' && !FITS[kind].includes(other)) throw unfit(kind, term);
  return term;
}

/** The kinds that can be compared with each kind. */
const FITS: Readonly<Record<Kind, readonly Kind[]>> = {
  any: ['text', 'time', 'duration', 'number'],
  text: ['text', 'number'],
  time: ['time'],
  duration: ['duration', 'number'],
  number: ['number', 'duration', 'text'],
};
const EXPECTED: Readonly<Record<Kind, string>> = {
  any: 'a value',
  text: 'a text',
  time: "a time, such as '2 days ago', '2026-11-01' or '(today)'",
  duration: "a length of time, such as '90s' or '2 hours'",
  number: 'a number',
};

function wordBeside(kind: Kind, word: Word): Operand {
  const { text, from, to } = word;
  if (valueKey(text) !== null) return fieldOf(word);
  if (kind === 'any' || kind === 'text')
    return { kind: 'literal', value: text, source: text, from, to };
  if (kind === 'time' && (text === 'now' || text === 'today' || text === 'yesterday')) {
    return { kind: text, from, to };
  }
  const field = runField(text);
  if (field !== null && FITS[kind].includes(RUN_FIELDS[field])) return fieldOf(word);
  throw unfit(kind, word);
}

function literalBeside(kind: Kind, literal: Literal): Operand {
  const { value, source } = literal;
  if (value === null || kind === 'any') return literal;
  if (kind === 'text') return source === null ? literal : { ...literal, value: source };
  const read = typeof value === 'string' ? readAs(kind, value) : value;
  const fits =
    read !== null &&
    (typeof read === 'object'
      ? FITS[kind].includes(read.kind)
      : typeof read !== 'boolean' && typeof read !== 'string' && kind !== 'time');
  if (!fits) throw unfit(kind, literal);
  return { ...literal, value: read };
}

function readAs(kind: Kind, text: string): LiteralValue {
  return kind === 'time' ? readTime(text) : kind === 'duration' ? readDuration(text) : null;
}

function unfit(kind: Kind, term: Term): WhereError {
  const isLength = term.kind === 'literal' && kindOf(term) === 'duration';
  if (kind === 'time' && isLength) {
    return new WhereError("This is a length of time: for a time write 'ago' behind it", term);
  }
  const hint = term.kind === 'word' ? `; a config value is written config.${term.text}` : '';
  return new WhereError(`Expected ${EXPECTED[kind]}${hint}`, term);
}
