import { RunyardError } from '../../core/base/errors.ts';
import { compareCodePoints } from '../../core/data/json.ts';
import type { RunConfig } from '../../core/run/types.ts';
import type {
  BatchRequest,
  SearchDimension,
  TableRow,
  TrialFlags,
  TrialTable,
} from '../record/types.ts';
import type { BatchFileRow } from './batch-files.ts';
import {
  dimensionOf,
  fitted,
  inPlace,
  parseSweepFlag,
  sameText,
  searchBases,
  sorted,
  type Base,
  type Dimension,
} from './choices.ts';
import {
  gridRows,
  gridSize,
  MAX_TRIALS,
  randomRows,
  rowText,
  spaceSize,
  type GeneratedRow,
} from './generate.ts';
import { ValueBudget, type SweepValue } from './values.ts';

/** How many trials a search has when nobody says how many (guild-format.md 1.9). */
export const DEFAULT_SEARCH_TRIALS = 20;

/** The part of a request that says which trials there are. */
export type TableRequest = Pick<
  BatchRequest,
  'flags' | 'files' | 'rows' | 'optimizer' | 'maxTrials' | 'seed'
>;

/**
 * The trials that a request makes (guild-format.md 2.3 to 2.6). Preview and batch both come from here.
 *
 * Rows of batch files come first: of several files each row of the first with each of the
 * next, the first slowest (gage-format.md 5.4). Values typed replace those of a row. Then
 * - `+` makes the grid of all lists, keys ascending, the last fastest. Functions are drawn for
 *   each trial. With `maxTrials` it is a random part of the grid, in its order.
 * - `random` draws from functions, and from lists and rows as from a hat. No two trials are
 *   alike; there are fewer when nothing new can come.
 * - any other optimizer says during the batch what comes next: no rows.
 *
 * When no optimizer is named a function implies `random`, else a list or a second row `+`; else
 * one plain run is meant. Values are those that a run gets, of the type that they replace.
 *
 * @param defaults the configuration of the operation.
 * @throws RunyardError `bad-config` naming flag, or file and row; `bad-request` for options that
 *   cannot be used; `io` for a file that cannot be read.
 */
export async function buildTable(request: TableRequest, defaults: RunConfig): Promise<TrialTable> {
  const { optimizer: named, maxTrials, rows } = request;
  if (rows !== null) return editedTable(request, rows, defaults);
  const typed = typedDimensions(request.flags, defaults);
  const files = await readFiles(request.files);
  const bases = basesOf(files.rows, typed.dimensions, defaults);
  const notes = [...typed.notes, ...files.notes];
  const optimizer = named?.trim() ?? impliedOptimizer(bases);
  if (optimizer !== '+' && optimizer !== 'random' && optimizer !== null) {
    const { newSeed } = await import('./random.ts');
    const search = { ...request, seed: request.seed ?? newSeed() };
    return sequentialTable(search, optimizer, typed.dimensions, notes);
  }
  if (optimizer === null && maxTrials !== null) {
    notes.push('One run is meant: the maximum number of trials is not used');
  }
  const { newSeed, Random } = await import('./random.ts');
  const seed = request.seed ?? newSeed();
  const random = new Random(seed);
  if (optimizer === 'random') {
    requireSearch(bases);
    const spaces = searchBases(bases);
    const count = maxTrials ?? DEFAULT_SEARCH_TRIALS;
    const generated = randomRows(spaces, count, random, defaults);
    if (generated.length < count && maxTrials !== null) {
      notes.push(`Only ${String(generated.length)} different trials are possible`);
    }
    const size = spaceSize(spaces);
    return tableOf(generated, defaults, { optimizer, seed, generated: size, notes });
  }
  const total = gridSize(bases);
  const count = optimizer === null ? null : maxTrials;
  const generated = gridRows(bases, count, random, defaults);
  const isDrawn = generated.length < total || generated.some(({ sampled }) => sampled.length > 0);
  return tableOf(generated, defaults, {
    optimizer: '+',
    seed: isDrawn ? seed : null,
    generated: total,
    notes,
    single: optimizer === null,
  });
}

/**
 * How many trials the values make, without a batch file, for a count while somebody types; null
 * when one plain run is meant. Fast. Throws `bad-config`, a `SweepError` where a place is known.
 */
export function countTrials(
  flags: readonly string[],
  options: Partial<Pick<BatchRequest, 'optimizer' | 'maxTrials'>> & {
    readonly defaults?: RunConfig;
  } = {},
): number | null {
  const { maxTrials = null, defaults = {} } = options;
  const base = sorted(typedDimensions(flags, defaults).dimensions.values());
  const optimizer = options.optimizer ?? impliedOptimizer([base]);
  if (optimizer === null) return null;
  if (optimizer === '+') return Math.min(gridSize([base]), maxTrials ?? Infinity);
  const count = maxTrials ?? DEFAULT_SEARCH_TRIALS;
  return optimizer === 'random'
    ? Math.min(spaceSize(searchBases([base])) ?? Infinity, count)
    : count;
}

/**
 * Where a sequential search may look: functions, the values of lists, and what is fixed.
 * Throws `bad-config` as {@link buildTable}, and for a function in a list.
 */
export function sweepOf(
  flags: readonly string[],
  defaults: RunConfig,
): Readonly<Record<string, SearchDimension>> {
  const { dimensions } = typedDimensions(flags, defaults);
  return Object.fromEntries([...dimensions].map(([key, one]) => [key, searchDimension(one)]));
}

function searchDimension({ key, kind, choices }: Dimension): SearchDimension {
  const [first] = choices;
  if (kind === 'function' && first?.kind === 'draw') {
    const { name, args, initial } = first.fn;
    return {
      kind: name,
      type: first.isInt ? 'int' : 'float',
      low: Number(args[0]),
      high: Number(args[1]),
      initial: initial === null ? null : Number(initial),
    };
  }
  const values = choices.map((choice) => {
    if (choice.kind === 'value') return choice.value;
    throw new RunyardError('bad-config', `${key}: a search cannot choose among functions`, {
      hint: 'Give one function, or a list of values.',
    });
  });
  return kind === 'one' ? { kind: 'fixed', value: values[0] ?? null } : { kind: 'choice', values };
}

interface Typed {
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly notes: readonly string[];
}

/** Of a key given twice the last counts. */
function typedDimensions(flags: readonly string[], defaults: RunConfig): Typed {
  const sweeps = new Map<string, SweepValue>();
  const budget = new ValueBudget();
  for (const flag of flags) {
    const { key, sweep } = parseSweepFlag(flag);
    sweeps.set(key, budget.take(sweep));
  }
  const dimensions = [...sweeps].map(
    ([key, sweep]) => [key, dimensionOf(key, sweep, defaults)] as const,
  );
  return {
    dimensions: new Map(dimensions),
    notes: [...sweeps].flatMap(([key, sweep]) => notesOf(key, sweep)),
  };
}

function notesOf(key: string, sweep: SweepValue): readonly string[] {
  const items = sweep.kind === 'list' ? sweep.values : [sweep];
  return items.flatMap((item) =>
    item.kind === 'value' && item.note !== null ? [`${key}: ${item.note}`] : [],
  );
}

interface FileRows {
  readonly rows: readonly BatchFileRow[];
  readonly notes: readonly string[];
}

/** The rows of all files together; one without values when there are no files. */
async function readFiles(paths: readonly string[]): Promise<FileRows> {
  if (paths.length === 0) return { rows: [{ place: '', values: new Map() }], notes: [] };
  const { readBatchFile } = await import('./batch-files.ts');
  const files = await Promise.all(paths.map(readBatchFile));
  const notes = files.flatMap((rows, i) => [
    ...(rows.length === 0 ? [`${paths[i] ?? ''} has no rows`] : []),
    ...rows.flatMap(({ values }) => [...values].flatMap(([key, sweep]) => notesOf(key, sweep))),
  ]);
  const total = files.reduce((product, rows) => product * rows.length, 1);
  if (total > MAX_TRIALS) {
    throw new RunyardError('bad-config', `The batch files make ${String(total)} rows together`, {
      hint: `A batch has at most ${String(MAX_TRIALS)}.`,
    });
  }
  return { rows: files.reduce(combined), notes: [...new Set(notes)] };
}

/** Each of `first` with each of `second`, whose values replace those of the first. */
function combined(
  first: readonly BatchFileRow[],
  second: readonly BatchFileRow[],
): readonly BatchFileRow[] {
  return first.flatMap((a) =>
    second.map((b) => ({
      place: `${a.place}; ${b.place}`,
      values: new Map([...a.values, ...b.values]),
    })),
  );
}

function basesOf(
  rows: readonly BatchFileRow[],
  typed: ReadonlyMap<string, Dimension>,
  defaults: RunConfig,
): readonly Base[] {
  return rows.map(({ place, values }) => {
    const own = [...values]
      .filter(([key]) => !typed.has(key))
      .map(([key, sweep]) => inPlace(place, () => dimensionOf(key, sweep, defaults)));
    return sorted([...own, ...typed.values()]);
  });
}

/** What the values imply (guild-format.md 2.3); null for one plain run. */
function impliedOptimizer(bases: readonly Base[]): '+' | 'random' | null {
  const kinds = new Set(bases.flatMap((base) => base.map(({ kind }) => kind)));
  if (kinds.has('function')) return 'random';
  return kinds.has('list') || bases.length !== 1 ? '+' : null;
}

function requireSearch(bases: readonly Base[]): void {
  if (bases.length !== 1 || bases.some((base) => base.some(({ kind }) => kind !== 'one'))) return;
  throw new RunyardError('bad-config', 'There is nothing to search: each value is given', {
    hint: 'Write NAME=[MIN:MAX] or NAME=[VALUE, VALUE].',
  });
}

/** A table that was edited: its rows are the trials. */
function editedTable(
  { optimizer, seed }: TableRequest,
  rows: readonly TrialFlags[],
  defaults: RunConfig,
): TrialTable {
  const generated = rows.map((row, i) => ({ flags: fittedRow(row, i + 1, defaults), sampled: [] }));
  return tableOf(generated, defaults, {
    optimizer: optimizer === 'random' ? 'random' : '+',
    seed,
    generated: rows.length,
    notes: [],
  });
}

function fittedRow(row: TrialFlags, index: number, defaults: RunConfig): TrialFlags {
  return inPlace(`Trial ${String(index)}`, () =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => {
        const current = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
        return [key, fitted(key, value, current)];
      }),
    ),
  );
}

/** A search that gives its trials one after another has no table before it begins. */
function sequentialTable(
  { files, seed }: TableRequest,
  optimizer: string,
  dimensions: ReadonlyMap<string, Dimension>,
  notes: readonly string[],
): TrialTable {
  if (files.length > 0) {
    throw new RunyardError('bad-request', `${optimizer} cannot search in batch files`, {
      hint: 'Give the values as flags, or use the optimizer random.',
    });
  }
  const varying = [...dimensions.values()].filter(({ kind }) => kind !== 'one');
  return {
    rows: [],
    keys: [...dimensions.keys()].sort(compareCodePoints),
    varying: varying.map(({ key }) => key).sort(compareCodePoints),
    optimizer,
    seed,
    generated: null,
    notes,
    single: false,
  };
}

function tableOf(
  generated: readonly GeneratedRow[],
  defaults: RunConfig,
  rest: Pick<TrialTable, 'optimizer' | 'seed' | 'generated' | 'notes'> & {
    readonly single?: boolean;
  },
): TrialTable {
  const keys = [...new Set(generated.flatMap(({ flags }) => Object.keys(flags)))];
  keys.sort(compareCodePoints);
  const firstWith = new Map<string, number>();
  const rows = generated.map(({ flags, sampled }, i): TableRow => {
    const index = i + 1;
    const text = rowText(flags, defaults);
    const duplicateOf = firstWith.get(text) ?? null;
    if (duplicateOf === null) firstWith.set(text, index);
    return { index, flags, sampled, duplicateOf };
  });
  const varying = keys.filter((key) => {
    const texts = rows.map(({ flags }) => {
      const value = Object.hasOwn(flags, key) ? flags[key] : defaults[key];
      return value === undefined ? '' : sameText(value);
    });
    return new Set(texts).size > 1;
  });
  return { rows, keys, varying, single: false, ...rest };
}
