import { RUN_FIELDS, runField, type Kind, type Span } from './ast.ts';
import { tokenize, type Token } from './lexer.ts';
import { literalValue } from './literals.ts';
import { unitUs } from './time.ts';

/** Names and values that runs have, to propose. */
export interface KnownValues {
  readonly operations: readonly string[];
  readonly statuses: readonly string[];
  readonly labels: readonly string[];
  readonly tags: readonly string[];
  readonly config: readonly string[];
  readonly metrics: readonly string[];
  readonly attributes: readonly string[];
}

/** One proposal: `insert` replaces the text from `from` to `to`. */
export interface WhereCompletion extends Span {
  readonly label: string;
  readonly insert: string;
  /** What kind of thing it is, or what it means. */
  readonly detail: string;
}

/** What can follow; `field` is what stands on the left of the comparison. */
type Place =
  /** `nothing`: a value that cannot be guessed. */
  | { readonly kind: 'condition' | 'joint' | 'nothing' }
  | { readonly kind: 'operator' | 'bracket' | 'value' | 'list'; readonly field: string };

interface Proposal {
  readonly label: string;
  readonly detail: string;
  readonly insert?: string;
}

/**
 * What can be written at `offset` of an expression, also of an unfinished one: fields,
 * operators, values of the field before, `and` and `or`. Those that begin with what is typed
 * already come first, in the order of `known`. Takes any text, never throws.
 */
export function completeWhere(
  text: string,
  offset: number,
  known: KnownValues,
): readonly WhereCompletion[] {
  const tokens = tokenize(text.slice(0, offset)).slice(0, -1);
  const last = tokens.at(-1);
  // A string that has its end is finished, a word at the cursor may go on.
  const isTyping = last?.to === offset && (last.kind === 'word' || last.kind === 'open');
  const typed = isTyping ? tokens.pop() : undefined;
  const place = placeAfter(tokens);
  const from = typed?.from ?? offset;
  const word = (typed?.text ?? '').toLowerCase();
  return rank(proposalsAt(place, known), word).map(({ label, detail, insert = label }) => ({
    label,
    insert,
    detail,
    from,
    to: offset,
  }));
}

function placeAfter(tokens: readonly Token[]): Place {
  let place: Place = { kind: 'condition' };
  for (const token of tokens) place = step(place, token);
  return place;
}

function step(place: Place, { kind, text }: Token): Place {
  const word = kind === 'word' ? text.toLowerCase() : '';
  const op = kind === 'op' ? text : null;
  switch (place.kind) {
    case 'condition':
      if (op !== null || word === 'not') return place;
      return { kind: 'operator', field: text };
    case 'operator':
      return op === null ? afterWord(place.field, word, text) : afterOperator(place.field, op);
    case 'bracket':
      return op === '[' ? { ...place, kind: 'list' } : place;
    case 'list':
      return op === ']' ? { kind: 'joint' } : place;
    case 'value':
    case 'nothing':
      return op === null ? { kind: 'joint' } : place;
    case 'joint':
      if (op !== null) return op === ')' ? place : { kind: 'nothing' };
      if (isJoint(word)) return { kind: 'condition' };
      // `2 days ago` is one value; another word begins another condition.
      return unitUs(word) !== null || word === 'ago' || literalValue(text) !== undefined
        ? place
        : { kind: 'operator', field: text };
  }
}

function afterOperator(field: string, op: string): Place {
  if (op === ')') return { kind: 'joint' };
  if (op === '=~' || op === '!~') return { kind: 'nothing' };
  if (Object.hasOwn(COMPARE_DETAILS, op) || op === '=') return { kind: 'value', field };
  return { kind: 'condition' };
}

function afterWord(field: string, word: string, text: string): Place {
  if (isJoint(word)) return { kind: 'condition' };
  if (word === 'after' || word === 'before') return { kind: 'value', field };
  if (word === 'in' || word === 'not-in') return { kind: 'bracket', field };
  return { kind: 'operator', field: word === 'not' ? field : text };
}

function isJoint(word: string): boolean {
  return ['and', 'or', '&&', '||'].includes(word);
}

function proposalsAt(place: Place, known: KnownValues): readonly Proposal[] {
  switch (place.kind) {
    case 'condition':
      return [...fields(known), { label: 'not', detail: 'the opposite of what follows' }];
    case 'operator':
      return operators(place.field, known);
    case 'bracket':
      return [{ label: '[', detail: 'a list: [a, b]' }];
    case 'value':
    case 'list':
      return values(place.field, known);
    case 'joint':
      return JOINTS;
    case 'nothing':
      return [];
  }
}

const JOINTS: readonly Proposal[] = [
  { label: 'and', detail: 'both must match' },
  { label: 'or', detail: 'one must match' },
];
const FIELD_DETAILS: Readonly<Record<keyof typeof RUN_FIELDS, string>> = {
  operation: 'name of the operation',
  status: 'completed, running, error, …',
  label: 'label of the run',
  tag: 'one of the tags',
  name: 'name of the run',
  id: 'id of the run',
  ns: 'namespace: name of the project',
  version: 'version of the operation',
  started: 'time of start',
  stopped: 'time of end',
  staged: 'time of staging',
  initialized: 'time when the run was made',
  duration: 'how long it ran',
  exit_code: 'exit code, or minus the signal',
  batch: 'name of the batch that it is a trial of',
  trial: 'place in its batch, from 1',
};
const COMPARE_DETAILS: Readonly<Record<string, string>> = {
  '==': 'equal to',
  '!=': 'not equal to',
  '<': 'less than',
  '<=': 'less than or equal to',
  '>': 'greater than',
  '>=': 'greater than or equal to',
};
const ORDER = ['>', '>=', '<', '<='] as const;
const OTHER_DETAILS: Readonly<Record<string, string>> = {
  '=~': 'matches a regular expression',
  '!~': 'does not match a regular expression',
  in: 'is in a list',
  'not in': 'is not in a list',
  after: 'later than',
  before: 'earlier than',
};
const OPERATORS: Readonly<Record<Kind, readonly string[]>> = {
  text: ['==', '!=', '=~', '!~', 'in', 'not in'],
  time: ['after', 'before', ...ORDER, '=='],
  duration: [...ORDER, '==', '!='],
  number: ['==', '!=', ...ORDER, 'in', 'not in'],
  any: ['==', '!=', ...ORDER, '=~', '!~', 'in', 'not in'],
};
const TIMES = ['1 hour ago', '1 day ago', '7 days ago', '30 days ago', 'today', 'yesterday', 'now'];
const LENGTHS = ['1 minute', '10 minutes', '1 hour', '1 day'];

function fields(known: KnownValues): readonly Proposal[] {
  const own = Object.entries(FIELD_DETAILS).map(([label, detail]) => ({ label, detail }));
  const values = (prefix: string, names: readonly string[]): readonly Proposal[] =>
    names.map((name) => {
      const label = `${prefix}.${name}`;
      return {
        label,
        detail: prefix,
        insert: isPlain(name) ? label : `${prefix}.${quotedWord(name)}`,
      };
    });
  return [
    ...own,
    ...values('config', known.config),
    ...values('metric', known.metrics),
    ...values('attribute', known.attributes),
  ];
}

function operators(field: string, known: KnownValues): readonly Proposal[] {
  const kind = kindOfField(field);
  const keys = [known.config, known.metrics, known.attributes];
  // A word that is no field is only looked for: no comparison follows it.
  const isField = kind !== 'any' || field.includes('.') || keys.some((one) => one.includes(field));
  if (!isField) return JOINTS;
  return OPERATORS[kind].map((label) => ({
    label,
    detail: COMPARE_DETAILS[label] ?? OTHER_DETAILS[label] ?? '',
  }));
}

function values(field: string, known: KnownValues): readonly Proposal[] {
  const kind = kindOfField(field);
  if (kind === 'time') return TIMES.map((label) => ({ label, detail: 'time' }));
  if (kind === 'duration') return LENGTHS.map((label) => ({ label, detail: 'length of time' }));
  const [names, detail] = namesOf(field, known);
  return names.map((label) => ({
    label,
    detail,
    insert: isPlain(label) ? label : quotedWord(label),
  }));
}

function namesOf(field: string, known: KnownValues): readonly [readonly string[], string] {
  switch (runField(field)) {
    case 'operation':
      return [known.operations, 'operation'];
    case 'status':
      return [known.statuses, 'status'];
    case 'label':
      return [known.labels, 'label'];
    case 'tag':
      return [known.tags, 'tag'];
    default:
      return [[], ''];
  }
}

function kindOfField(name: string): Kind {
  const field = runField(name);
  return field === null ? 'any' : RUN_FIELDS[field];
}

/** Whether a text is one word to the lexer, and not one that means something. */
function isPlain(text: string): boolean {
  const [word, end] = tokenize(text);
  const isWord = word?.kind === 'word' && word.text === text && end?.kind === 'end';
  return isWord && !['and', 'or', 'not', '&&', '||', 'null', 'None'].includes(text);
}

function quotedWord(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Those that begin with `typed` first, then those that hold it; all when nothing is typed. */
function rank(proposals: readonly Proposal[], typed: string): readonly Proposal[] {
  if (typed === '') return proposals;
  const has = ({ label }: Proposal): boolean => label.toLowerCase().includes(typed);
  const begins = ({ label }: Proposal): boolean => label.toLowerCase().startsWith(typed);
  const found = proposals.filter(has);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))];
}
