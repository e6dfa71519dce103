import { randomInt } from 'node:crypto';
import { uniformBigInt } from 'pure-rand/distribution/uniformBigInt';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import { RunyardError } from '../../core/base/errors.ts';
import type { SweepFunction } from './functions.ts';

/** Seeds are below it: what the generator tells apart. */
const SEED_LIMIT = 2 ** 32;

/** A seed for a batch that was given none. */
export function newSeed(): number {
  return randomInt(SEED_LIMIT);
}

/** Random numbers that the same seed repeats exactly, on every machine. */
export class Random {
  readonly #generator: ReturnType<typeof mersenne>;

  /** @param seed a whole number from 0 to 2^32 - 1; throws `bad-request` for another one. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= SEED_LIMIT) {
      throw new RunyardError('bad-request', `${String(seed)} cannot be a random seed`, {
        hint: `Give a whole number from 0 to ${String(SEED_LIMIT - 1)}.`,
      });
    }
    this.#generator = mersenne(seed);
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1);
  }

  /** A value of a function: an int when `isInt`, else a float; both bounds can come. */
  draw({ name, args: [low, high] }: SweepFunction, isInt: boolean): bigint | number {
    if (name === 'uniform' && isInt) {
      return uniformBigInt(this.#generator, BigInt(low), BigInt(high));
    }
    const [a, b] = [Number(low), Number(high)];
    if (name === 'uniform') return within(a, b, this.#between(a, b));
    // Half a step further, so that the bounds are not rarer than what is between them.
    const margin = isInt ? 0.5 : 0;
    const value = Math.exp(this.#between(Math.log(a - margin), Math.log(b + margin)));
    return isInt ? BigInt(within(a, b, Math.round(value))) : within(a, b, value);
  }

  /** All whole numbers below `size` in a random order, as far as they are asked for. */
  *shuffled(size: number): Generator<number> {
    // What was swapped away; all other places still hold their own number.
    const moved = new Map<number, number>();
    for (let i = 0; i < size; i++) {
      const j = i + this.below(size - i);
      yield moved.get(j) ?? j;
      moved.set(j, moved.get(i) ?? i);
      moved.delete(i);
    }
  }

  #between(a: number, b: number): number {
    const share = uniformFloat64(this.#generator);
    return a * (1 - share) + b * share;
  }
}

function within(low: number, high: number, value: number): number {
  return Math.min(high, Math.max(low, value));
}
