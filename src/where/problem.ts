import type { Span } from './ast.ts';

/** What is wrong with an expression, and where in its text. */
export interface WhereProblem extends Span {
  readonly message: string;
}

/** Carries a {@link WhereProblem} out of the parser; never leaves this folder. */
export class WhereError extends Error {
  readonly span: Span;

  constructor(message: string, { from, to }: Span) {
    super(message);
    this.span = { from, to };
  }
}

/** Control characters take a column each, so that the caret stands right. */
const CONTROL = /\p{Cc}/gu;

/**
 * An expression with a caret under what is wrong, three lines for people:
 *
 *     Expected a value after '=='
 *       status ==
 *                ^
 */
export function describeWhereProblem(text: string, problem: WhereProblem): string {
  const { message, from, to } = problem;
  const caret = ' '.repeat(from) + '^'.repeat(Math.max(1, to - from));
  return `${message}\n  ${text.replace(CONTROL, ' ')}\n  ${caret}`;
}
