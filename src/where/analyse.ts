import { VALUE_PARTS, type ValuePart } from '../core/status/run-values.ts';
import type { Literal, Operand, RunField, Span, Where } from './ast.ts';

/** An operation that an expression names. */
export interface NamedOperation extends Span {
  readonly name: string;
}

/** The parts of a run's values that `matchesWhere` needs; none for the fields of its row. */
export function partsOf(expression: Where): readonly ValuePart[] {
  const needed = new Set<ValuePart>();
  for (const operand of operandsOf(expression)) {
    if (operand.kind !== 'value') continue;
    for (const part of operand.part === null ? VALUE_PARTS : [operand.part]) needed.add(part);
  }
  return [...needed];
}

/** Whether anything must be read from the files of a run to match it. */
export function needsFiles(expression: Where): boolean {
  return partsOf(expression).length > 0;
}

/** Whether an expression speaks of a field of the run. */
export function namesField(expression: Where, field: RunField): boolean {
  return operandsOf(expression).some(
    (operand) => operand.kind === 'run' && operand.field === field,
  );
}

/** Whether a run may come to match, or cease to, only because time passes. */
export function dependsOnTime(expression: Where): boolean {
  return operandsOf(expression).some(
    (operand) =>
      ['now', 'today', 'yesterday', 'ago'].includes(operand.kind) ||
      (operand.kind === 'run' && operand.field === 'duration'),
  );
}

/**
 * The names that `operation` is compared with by `==` or `in`, in order. Offsets are those of
 * the name, within its quotes.
 */
export function operationsNamed(expression: Where): readonly NamedOperation[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.all.flatMap(operationsNamed);
    case 'not':
      return operationsNamed(expression.of);
    case 'text':
    case 'match':
      return [];
    case 'compare': {
      const { op, left, right } = expression;
      if (op !== '==') return [];
      return isOperation(left) ? named([right]) : isOperation(right) ? named([left]) : [];
    }
    case 'in':
      return isOperation(expression.left) ? named(expression.items) : [];
  }
}

function isOperation(operand: Operand): boolean {
  return operand.kind === 'run' && operand.field === 'operation';
}

function named(operands: readonly Operand[]): NamedOperation[] {
  return operands
    .filter((operand): operand is Literal => operand.kind === 'literal')
    .flatMap(({ value, source, from, to }) => {
      if (typeof value !== 'string') return [];
      const quote = source === null ? 1 : 0;
      return [{ name: value, from: from + quote, to: to - quote }];
    });
}

function operandsOf(where: Where): Operand[] {
  switch (where.kind) {
    case 'and':
    case 'or':
      return where.all.flatMap(operandsOf);
    case 'not':
      return operandsOf(where.of);
    case 'text':
      return [];
    case 'compare':
      return [where.left, where.right].flatMap(inner);
    case 'in':
      return [where.left, ...where.items].flatMap(inner);
    case 'match':
      return inner(where.left);
  }
}

/** An operand and all within it. */
function inner(operand: Operand): Operand[] {
  if (operand.kind === 'negate') return [operand, ...inner(operand.of)];
  if (operand.kind !== 'arithmetic') return [operand];
  return [operand, ...inner(operand.left), ...inner(operand.right)];
}
