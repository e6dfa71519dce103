const LONG = process.env['RUNYARD_TEST_LONG'] === '1';

/**
 * How many cases a property is tried with: `usual`, which are others in each run unless it has a
 * seed, or `long` with `RUNYARD_TEST_LONG=1`.
 */
export function cases(usual: number, long: number): number {
  return LONG ? long : usual;
}
