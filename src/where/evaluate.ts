import { localTime } from '../core/base/time-text.ts';
import { compareCodePoints, isJsonArray, isJsonObject, type Json } from '../core/data/json.ts';
import { runName } from '../core/run/ids.ts';
import type { RunInfo } from '../core/run/types.ts';
import { VALUE_PARTS, type ValuePart, type RunValues } from '../core/status/run-values.ts';
import type {
  ArithmeticOp,
  CompareOp,
  Duration,
  Instant,
  LiteralValue,
  Operand,
  RunField,
  Where,
} from './ast.ts';
import { literalValue, readNumber } from './literals.ts';
import { dayOf, instant, readTime } from './time.ts';

/** A value of a run; undefined when it has none. */
type Scalar = LiteralValue | undefined;
type Value = Scalar | readonly Scalar[];

/**
 * Whether a run passes. A comparison with a value that is missing is false; `!=`, `!~` and
 * `not in` are the opposites of `==`, `=~` and `in`, so they are true then.
 * @param values what the files of the run say; null where `partsOf` needs none of them.
 * @param now the present, for `ago`, `(now)` and how long a running run has taken.
 */
export function matchesWhere(
  expression: Where,
  info: RunInfo,
  values: RunValues | null,
  now: Date,
): boolean {
  return new Subject(info, values, now).passes(expression);
}

/** One run as an expression sees it. */
class Subject {
  readonly #info: RunInfo;
  readonly #values: RunValues | null;
  readonly #now: Date;
  #texts: string | null = null;

  constructor(info: RunInfo, values: RunValues | null, now: Date) {
    this.#info = info;
    this.#values = values;
    this.#now = now;
  }

  passes(where: Where): boolean {
    switch (where.kind) {
      case 'and':
        return where.all.every((one) => this.passes(one));
      case 'or':
        return where.all.some((one) => this.passes(one));
      case 'not':
        return !this.passes(where.of);
      case 'text':
        return this.#hasText(where.text);
      case 'compare':
        return compareAny(where.op, this.#value(where.left), this.#value(where.right));
      case 'in': {
        const value = this.#value(where.left);
        return where.items.some((item) => compareAny('==', value, this.#value(item)));
      }
      case 'match':
        return scalarsOf(this.#value(where.left)).some(
          (value) => value !== undefined && value !== null && where.regex.test(textOf(value)),
        );
    }
  }

  /** @param word in lower case. */
  #hasText(word: string): boolean {
    const { id, name, opref, label, status, tags } = this.#info;
    this.#texts ??= [name, opref?.name ?? '', label ?? '', status, ...tags]
      .join('\n')
      .toLowerCase();
    return this.#texts.includes(word) || id.startsWith(word);
  }

  #value(operand: Operand): Value {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'run':
        return this.#field(operand.field);
      case 'value':
        return this.#fromFiles(operand.part === null ? VALUE_PARTS : [operand.part], operand.key);
      case 'now':
        return instant(this.#now.getTime() * 1000);
      case 'today':
        return dayOf(this.#now);
      case 'yesterday':
        return dayOf(this.#now, -1);
      case 'ago':
        return instant(this.#now.getTime() * 1000 - operand.us);
      case 'negate':
        return negate(single(this.#value(operand.of)));
      case 'arithmetic':
        return calculate(
          operand.op,
          single(this.#value(operand.left)),
          single(this.#value(operand.right)),
        );
    }
  }

  #field(field: RunField): Value {
    const { id, name, opref, status, label, tags, exitCode, batch } = this.#info;
    switch (field) {
      case 'id':
        return id;
      case 'name':
        return name;
      case 'operation':
        return opref?.name;
      case 'ns':
        return opref?.ns;
      case 'version':
        return opref?.version ?? undefined;
      case 'status':
        return status;
      case 'label':
        return label ?? undefined;
      case 'tag':
        return tags;
      case 'exit_code':
        return exitCode ?? undefined;
      case 'batch':
        return batch?.role === 'trial' ? [runName(batch.batch), batch.batch] : undefined;
      case 'trial':
        return batch?.role === 'trial' ? batch.index : undefined;
      case 'started':
      case 'stopped':
      case 'staged':
      case 'initialized': {
        const us = this.#info.timestampsUs[field];
        return us === null ? undefined : instant(us);
      }
      case 'duration':
        return this.#duration();
    }
  }

  /** How long a run took, or has taken so far. */
  #duration(): Scalar {
    const { started, stopped } = this.#info.timestampsUs;
    const isRunning = this.#info.status === 'running';
    const end = stopped ?? (isRunning ? this.#now.getTime() * 1000 : null);
    return started === null || end === null ? undefined : { kind: 'duration', us: end - started };
  }

  #fromFiles(parts: readonly ValuePart[], key: string): Value {
    for (const part of parts) {
      const values = this.#values?.[part];
      if (values !== undefined && Object.hasOwn(values, key)) return valueOf(values[key]);
    }
    return undefined;
  }
}

function valueOf(json: Json | undefined): Value {
  if (json === undefined || isJsonObject(json)) return undefined;
  if (!isJsonArray(json)) return json;
  return json.map((item) => (isJsonObject(item) || isJsonArray(item) ? undefined : item));
}

function scalarsOf(value: Value): readonly Scalar[] {
  return isList(value) ? value : [value];
}

function single(value: Value): Scalar {
  return isList(value) ? undefined : value;
}

function isList(value: Value): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** A list, such as the tags of a run, passes when one of its items does. */
function compareAny(op: CompareOp, left: Value, right: Value): boolean {
  if (op === '!=') return !compareAny('==', left, right);
  const lefts = isList(left) && left.length === 0 ? [undefined] : scalarsOf(left);
  return lefts.some((a) => scalarsOf(right).some((b) => compare(op, a, b)));
}

function compare(op: Exclude<CompareOp, '!='>, left: Scalar, right: Scalar): boolean {
  if (left === undefined && right === undefined) return false;
  const [a, b] = [left ?? null, right ?? null];
  // `label == null` is how to ask for what is missing.
  if (a === null || b === null) return op === '==' && a === b;
  const isText = typeof a === 'string' && typeof b === 'string';
  const [x, y] = isText ? [a, b] : [spelled(a, b), spelled(b, a)];
  const order = x === null || y === null ? null : compareValues(x, y);
  if (order === null) return false;
  switch (op) {
    case '==':
      // Texts that spell numbers are in their order, but '1.10' is not '1.1'.
      return isText ? a === b : order === 0 || isSameDay(x, y);
    case '<':
      return order < 0;
    case '<=':
      return order <= 0 || isSameDay(x, y);
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

type Present = Exclude<LiteralValue, null>;

/** A text beside another value as what it spells: values of files often have no types. */
function spelled(value: Present, other: Present): Present | null {
  if (typeof value !== 'string') return value;
  if (isInstant(other)) return readTime(value);
  return literalValue(value) ?? null;
}

/** Below, at or above zero as `a` is to `b`; null when they cannot be compared. */
function compareValues(a: Present, b: Present): number | null {
  if (typeof a === 'string') return typeof b === 'string' ? compareTexts(a, b) : null;
  if (typeof b === 'string') return null;
  if (typeof a === 'boolean' || typeof b === 'boolean') return a === b ? 0 : null;
  if (isInstant(a) || isInstant(b)) return isInstant(a) && isInstant(b) ? a.us - b.us : null;
  if (isDuration(a)) return compareNumbers(a.us, isDuration(b) ? b.us : Number(b) * 1e6);
  return isDuration(b) ? compareNumbers(Number(a) * 1e6, b.us) : compareNumbers(a, b);
}

/** Texts that both spell numbers are in the order of these. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [readNumber(a), readNumber(b)];
  const order = x === null || y === null ? null : compareNumbers(x, y);
  return order ?? compareCodePoints(a, b);
}

/** A day is its beginning, but equals every moment of it. */
function isSameDay(a: Scalar, b: Scalar): boolean {
  const within = (inner: Instant, outer: Instant): boolean =>
    outer.us <= inner.us && inner.us < outer.endUs;
  return isInstant(a) && isInstant(b) && (within(a, b) || within(b, a));
}

function compareNumbers(a: bigint | number, b: bigint | number): number | null {
  // NaN equals NaN here: how else to find the runs that diverged.
  if (Number.isNaN(a) && Number.isNaN(b)) return 0;
  return a < b ? -1 : a > b ? 1 : Number.isNaN(a) || Number.isNaN(b) ? null : 0;
}

function negate(value: Scalar): Scalar {
  const number = toNumber(value);
  if (number !== null) return -number;
  return isDuration(value) ? { kind: 'duration', us: -value.us } : undefined;
}

/** Arithmetic as far as it makes sense; undefined otherwise, and for what is not finite. */
function calculate(op: ArithmeticOp, left: Scalar, right: Scalar): Scalar {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== null && b !== null) return finite(apply(op, a, b));
  const [x, y] = [toMicros(left), toMicros(right)];
  if (op === '+' || op === '-') {
    if (x === null || y === null) return undefined;
    const us = apply(op, x, y);
    if (isInstant(left))
      return isInstant(right) ? (op === '-' ? duration(us) : undefined) : instant(us);
    return isInstant(right) ? (op === '+' ? instant(us) : undefined) : duration(us);
  }
  if (isDuration(left) && b !== null) return duration(apply(op, left.us, b));
  if (a !== null && isDuration(right)) return op === '*' ? duration(a * right.us) : undefined;
  const ratio = op === '/' && isDuration(left) && isDuration(right);
  return ratio ? finite(left.us / right.us) : undefined;
}

function apply(op: ArithmeticOp, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '**':
      return a ** b;
  }
}

function finite(value: number): Scalar {
  return Number.isFinite(value) ? value : undefined;
}

function duration(us: number): Scalar {
  return Number.isFinite(us) ? { kind: 'duration', us } : undefined;
}

function toNumber(value: Scalar): number | null {
  const spelled = typeof value === 'string' ? literalValue(value) : value;
  return typeof spelled === 'bigint' || typeof spelled === 'number' ? Number(spelled) : null;
}

/** Microseconds of times and lengths of time; numbers are seconds. */
function toMicros(value: Scalar): number | null {
  if (isInstant(value) || isDuration(value)) return value.us;
  const seconds = toNumber(value);
  return seconds === null ? null : seconds * 1e6;
}

function isInstant(value: Scalar): value is Instant {
  return typeof value === 'object' && value?.kind === 'time';
}

function isDuration(value: Scalar): value is Duration {
  return typeof value === 'object' && value?.kind === 'duration';
}

/** What a regular expression sees. */
function textOf(value: Present): string {
  if (isInstant(value)) return localTime(value.us / 1000);
  return isDuration(value) ? String(value.us / 1e6) : String(value);
}
