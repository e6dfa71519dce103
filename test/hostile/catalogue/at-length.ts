/** Everything is tried with everything, which takes an hour: before a release. */
export const AT_LENGTH = process.env['RUNYARD_TEST_LONG'] === '1';

/**
 * Of many that are alike each gets a part of what can be done: `parts` of them together get all of
 * it. At length each gets all.
 * @param n which of them it is.
 */
export function inTurn<T>(all: readonly T[], n: number, parts: number): readonly T[] {
  return AT_LENGTH ? all : all.filter((_, i) => i % parts === n % parts);
}
