import type { ValuePart } from '../core/status/run-values.ts';
import type { Regex } from './regex.ts';

/** Where in the text of an expression something is: UTF-16 offsets, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOp = '+' | '-' | '*' | '/' | '**';

/** What a field holds, as far as its name tells. */
export type Kind = 'text' | 'time' | 'duration' | 'number' | 'any';

/** Fields that a row holds: nothing is read for them. */
export const RUN_FIELDS = {
  operation: 'text',
  status: 'text',
  label: 'text',
  tag: 'text',
  name: 'text',
  id: 'text',
  ns: 'text',
  version: 'text',
  started: 'time',
  stopped: 'time',
  staged: 'time',
  initialized: 'time',
  duration: 'duration',
  exit_code: 'number',
  batch: 'text',
  trial: 'number',
} as const satisfies Readonly<Record<string, Kind>>;
export type RunField = keyof typeof RUN_FIELDS;

/** Other names of the fields. Gage's help says `starts` where it means `started`. */
const ALIASES: Readonly<Record<string, RunField>> = {
  op: 'operation',
  tags: 'tag',
  starts: 'started',
};

/** The field of a row with this name, or null. */
export function runField(name: string): RunField | null {
  if (Object.hasOwn(RUN_FIELDS, name)) return name as RunField;
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? null) : null;
}

/** The parts by the prefixes that name them. */
const PREFIXES: Readonly<Record<string, ValuePart>> = {
  config: 'config',
  metric: 'metrics',
  metrics: 'metrics',
  attribute: 'attributes',
  attributes: 'attributes',
};

/** `config.lr` as its part and key; null for a name without such a prefix. */
export function valueKey(name: string): { readonly part: ValuePart; readonly key: string } | null {
  const dot = name.indexOf('.');
  const prefix = name.slice(0, Math.max(0, dot));
  const part = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  return part === undefined ? null : { part, key: name.slice(dot + 1) };
}

/** A moment. A day without a time of day is its beginning, but equals every moment of it. */
export interface Instant {
  readonly kind: 'time';
  /** Epoch microseconds. */
  readonly us: number;
  /** End of the day, exclusive, epoch microseconds; equal to `us` for a moment. */
  readonly endUs: number;
}

/** A length of time. */
export interface Duration {
  readonly kind: 'duration';
  /** Microseconds. */
  readonly us: number;
}

export type LiteralValue = null | boolean | string | bigint | number | Instant | Duration;

/** A value that is written in the expression. */
export interface Literal extends Span {
  readonly kind: 'literal';
  readonly value: LiteralValue;
  /** As written; null for a text in quotes. */
  readonly source: string | null;
}

/** Something with a value. */
export type Operand =
  | Literal
  | (Span & { readonly kind: 'run'; readonly field: RunField })
  /** A value that the run's files hold; part null: config, then metrics, then attributes. */
  | (Span & { readonly kind: 'value'; readonly part: ValuePart | null; readonly key: string })
  | (Span & { readonly kind: 'now' | 'today' | 'yesterday' })
  | (Span & { readonly kind: 'ago'; readonly us: number })
  | (Span & { readonly kind: 'negate'; readonly of: Operand })
  | (Span & {
      readonly kind: 'arithmetic';
      readonly op: ArithmeticOp;
      readonly left: Operand;
      readonly right: Operand;
    });

/** A parsed expression: true or false for a run. An `and` of nothing matches every run. */
export type Where =
  | { readonly kind: 'and' | 'or'; readonly all: readonly Where[] }
  | { readonly kind: 'not'; readonly of: Where }
  /** A word that stands alone, in lower case. */
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'in'; readonly left: Operand; readonly items: readonly Operand[] }
  | { readonly kind: 'match'; readonly left: Operand; readonly regex: Regex };

/** What an operand holds, as far as the expression tells. */
export function kindOf(operand: Operand): Kind {
  switch (operand.kind) {
    case 'run':
      return RUN_FIELDS[operand.field];
    case 'value':
      return 'any';
    case 'now':
    case 'today':
    case 'yesterday':
    case 'ago':
      return 'time';
    case 'negate':
      return kindOf(operand.of);
    case 'literal':
      return literalKind(operand.value);
    case 'arithmetic':
      return arithmeticKind(operand.op, kindOf(operand.left), kindOf(operand.right));
  }
}

function literalKind(value: LiteralValue): Kind {
  if (typeof value === 'object' && value !== null) return value.kind;
  return typeof value === 'bigint' || typeof value === 'number' ? 'number' : 'any';
}

function arithmeticKind(op: ArithmeticOp, left: Kind, right: Kind): Kind {
  if (left === 'time' || right === 'time') {
    if (op === '-' && left === right) return 'duration';
    return op === '+' || (op === '-' && left === 'time') ? 'time' : 'any';
  }
  if (left === 'duration' && right === 'duration') return op === '/' ? 'number' : 'duration';
  if (left === 'duration' || right === 'duration') return 'duration';
  return left === 'number' && right === 'number' ? 'number' : 'any';
}
