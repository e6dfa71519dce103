import { RunyardError } from '../../core/base/errors.ts';
import type { Json } from '../../core/data/json.ts';
import type { RunConfig } from '../../core/run/types.ts';
import type { TrialFlags } from '../record/types.ts';
import { fitted, sameText, sizeOf, type Base, type Choice, type Dimension } from './choices.ts';
import type { SweepFunction } from './functions.ts';
import type { Random } from './random.ts';

/** The values of one trial, and which of them came by chance. */
export interface GeneratedRow {
  readonly flags: TrialFlags;
  readonly sampled: readonly string[];
}

/** No batch may have more trials: it is a slip of the finger, and would fill the disk. */
export const MAX_TRIALS = 100_000;
/** Up to here all trials of a space are numbered, so that exactly the different ones come. */
const MAX_NUMBERED = 100_000;
/** So many trials in a row that were there before mean that nothing new will come. */
const MAX_MISSES = 10_000;
/** How often a row of the grid is drawn to be unlike the others. */
const MAX_REDRAWS = 100;

/** How many trials the grid has: the product of the lengths of its lists, over all rows of files. */
export function gridSize(bases: readonly Base[]): number {
  return new Numbering(bases, choiceCount).size;
}

/** How many different trials can be drawn; null when they cannot be counted. */
export function spaceSize(bases: readonly Base[]): number | null {
  const isCountable = bases.every((base) => base.every((one) => sizeOf(one) !== null));
  return isCountable ? new Numbering(bases, valueCount).size : null;
}

/**
 * The grid (guild-format.md 2.4): rows of files slowest, then keys ascending, the last fastest.
 * @param count at most so many, drawn with `random`, in the order of the grid.
 */
export function gridRows(
  bases: readonly Base[],
  count: number | null,
  random: Random,
  defaults: RunConfig,
): readonly GeneratedRow[] {
  const numbering = new Numbering(bases, choiceCount);
  const total = numbering.size;
  const wanted = Math.min(total, count ?? total);
  requireFewer(wanted);
  if (total > Number.MAX_SAFE_INTEGER) throw tooMany(total);
  const places =
    wanted === total
      ? Array.from({ length: total }, (_, i) => i)
      : firstOf(random.shuffled(total), wanted).sort((a, b) => a - b);
  const drawer = new Drawer(random, defaults);
  return places.map((place) => drawer.gridRow(numbering.at(place)));
}

/**
 * Trials drawn at random (guild-format.md 2.5), no two of them alike: of each key any of its choices.
 * The first takes the initial values of functions. Fewer than `count` when there are no more.
 */
export function randomRows(
  bases: readonly Base[],
  count: number,
  random: Random,
  defaults: RunConfig,
): readonly GeneratedRow[] {
  requireFewer(count);
  const drawer = new Drawer(random, defaults);
  const rows: GeneratedRow[] = [];
  let misses = 0;
  for (const drawn of drawer.candidates(bases)) {
    if (rows.length >= count || misses === MAX_MISSES) break;
    const row = rows.length === 0 ? drawer.withInitials(drawn) : drawn;
    if (drawer.isNew(row.flags)) rows.push(row);
    else misses++;
  }
  return rows;
}

/** Numbers all combinations: bases one after another, within one the last dimension fastest. */
class Numbering {
  readonly #bases: readonly Base[];
  readonly #sizes: readonly (readonly number[])[];
  /** The number behind the last one of each base. */
  readonly #ends: readonly number[];

  constructor(bases: readonly Base[], count: (dimension: Dimension) => number) {
    this.#bases = bases;
    this.#sizes = bases.map((base) => base.map(count));
    let end = 0;
    this.#ends = this.#sizes.map((sizes) => {
      end += sizes.reduce((total, size) => total * size, 1);
      return end;
    });
  }

  get size(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** The combination of a number below {@link size}. */
  at(place: number): Combination {
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (place < (this.#ends[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    let rest = place - (this.#ends[low - 1] ?? 0);
    const sizes = this.#sizes[low] ?? [];
    const digits = sizes.toReversed().map((size) => {
      const digit = rest % size;
      rest = Math.floor(rest / size);
      return digit;
    });
    return { base: this.#bases[low] ?? [], digits: digits.reverse() };
  }
}

interface Combination {
  readonly base: Base;
  /** Of each dimension the place of its value. */
  readonly digits: readonly number[];
}

function choiceCount({ choices }: Dimension): number {
  return choices.length;
}

function valueCount(dimension: Dimension): number {
  return sizeOf(dimension) ?? 0;
}

/** Makes rows of one table; remembers what it gave. */
class Drawer {
  readonly #random: Random;
  readonly #defaults: RunConfig;
  readonly #seen = new Set<string>();
  readonly #started = new Set<SweepFunction>();

  constructor(random: Random, defaults: RunConfig) {
    this.#random = random;
    this.#defaults = defaults;
  }

  /** A row of the grid; functions give it values that no row had, if they can. */
  gridRow({ base, digits }: Combination): GeneratedRow {
    const chosen = base.map(({ key, choices }, i) => ({ key, choice: choices[digits[i] ?? 0] }));
    const sampled = chosen.filter(({ choice }) => choice?.kind === 'draw').map(({ key }) => key);
    for (let tries = sampled.length === 0 ? 1 : MAX_REDRAWS; ; tries--) {
      const flags = Object.fromEntries(
        chosen.map(({ key, choice }) => [key, this.#valueOf(key, choice)]),
      );
      if (this.isNew(flags) || tries === 1) return { flags, sampled };
    }
  }

  /** Trials of the space in a random order: each once when they can be numbered, else for ever. */
  *candidates(bases: readonly Base[]): Generator<DrawnRow> {
    const size = spaceSize(bases);
    if (size !== null && size <= MAX_NUMBERED) {
      const numbering = new Numbering(bases, valueCount);
      const places = [...this.#random.shuffled(size)];
      // Initial values took the place of the first one, so that it comes again.
      for (const place of [...places, ...places.slice(0, 1)]) {
        const { base, digits } = numbering.at(place);
        yield this.#rowOf(base, (one, i) => this.#numbered(one, digits[i] ?? 0));
      }
      return;
    }
    for (;;) {
      const base = bases[this.#random.below(bases.length)] ?? [];
      yield this.#rowOf(base, ({ key, choices }) =>
        this.#drawn(key, choices[this.#random.below(choices.length)]),
      );
    }
  }

  /** With the initial values of its functions. */
  withInitials({ base, flags, sampled }: DrawnRow): GeneratedRow {
    const initials = base.flatMap(({ key, choices: [choice] }) =>
      choice?.kind === 'draw' && choice.fn.initial !== null
        ? [[key, this.#fitted(key, choice.fn.initial)] as const]
        : [],
    );
    return { flags: { ...flags, ...Object.fromEntries(initials) }, sampled };
  }

  /** True the first time that it is asked about these values. */
  isNew(flags: TrialFlags): boolean {
    const text = rowText(flags, this.#defaults);
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    return true;
  }

  #rowOf(base: Base, valueOf: (dimension: Dimension, i: number) => Json): DrawnRow {
    return {
      base,
      flags: Object.fromEntries(base.map((one, i) => [one.key, valueOf(one, i)])),
      sampled: base.filter(({ kind }) => kind !== 'one').map(({ key }) => key),
    };
  }

  #numbered({ key, choices }: Dimension, digit: number): Json {
    const [first] = choices;
    if (first?.kind === 'draw') return this.#fitted(key, BigInt(first.fn.args[0]) + BigInt(digit));
    const choice = choices[digit];
    return choice?.kind === 'value' ? choice.value : null;
  }

  /** The first time the initial value of a function, then what is drawn. */
  #valueOf(key: string, choice: Choice | undefined): Json {
    if (choice?.kind !== 'draw' || choice.fn.initial === null || this.#started.has(choice.fn)) {
      return this.#drawn(key, choice);
    }
    this.#started.add(choice.fn);
    return this.#fitted(key, choice.fn.initial);
  }

  #drawn(key: string, choice: Choice | undefined): Json {
    if (choice?.kind !== 'draw') return choice?.value ?? null;
    return this.#fitted(key, this.#random.draw(choice.fn, choice.isInt));
  }

  #fitted(key: string, value: Json): Json {
    const current = Object.hasOwn(this.#defaults, key) ? this.#defaults[key] : undefined;
    return fitted(key, value, current);
  }
}

interface DrawnRow extends GeneratedRow {
  readonly base: Base;
}

/** The same text for rows that make the same run: what is left out is the default. */
export function rowText(flags: TrialFlags, defaults: RunConfig): string {
  return Object.entries(flags)
    .map(([key, value]) => [key, sameText(value)] as const)
    .filter(([key, text]) => {
      const current = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
      return current === undefined || text !== sameText(current);
    })
    .map(([key, text]) => `${JSON.stringify(key)}=${text}`)
    .sort()
    .join(' ');
}

function firstOf<T>(values: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  if (count === 0) return first;
  for (const value of values) {
    first.push(value);
    if (first.length === count) break;
  }
  return first;
}

function requireFewer(count: number): void {
  if (count > MAX_TRIALS) throw tooMany(count);
}

function tooMany(count: number): RunyardError {
  const most = MAX_TRIALS.toLocaleString('en');
  return new RunyardError(
    'bad-config',
    `${count.toLocaleString('en')} trials are more than a batch can have (${most})`,
    { hint: 'Give shorter lists, or a maximum number of trials.' },
  );
}
