import { basename, isAbsolute, relative } from 'node:path';
import type { BatchPlan, PlannedTrial, SearchDimension } from '../../batch/record/types.ts';
import { optimizerKind } from '../../batch/search/optimizer.ts';
import { plural } from '../../core/base/words.ts';
import { encodeLine, jsonEqual, type Json } from '../../core/data/json.ts';
import { shown } from '../../core/data/value-text.ts';
import type { CellView, ColumnView, RowView, TableView } from '../../webview/trials/messages.ts';
import type { EditedTable, TrialDraft } from '../operations/trial-draft.ts';
import { typedText } from '../operations/typed-value.ts';
import type { CheckedDraft, TrialSubject } from './check.ts';

type Shown = Omit<TableView, 'canUndo' | 'canRedo' | 'last'>;

/** What the page shows of a draft that was checked. */
export function trialView(subject: TrialSubject, checked: CheckedDraft): Shown {
  const { draft, plan, flagsError, optionErrors, problems } = checked;
  const { values, sources } = subject.operation.defaults;
  const keys = draft.edited?.columns ?? plan?.table.keys ?? [];
  const varying = new Set(plan?.table.varying);
  const columns = keys.map((key): ColumnView => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    return {
      key,
      default: value === undefined ? '' : shown(value),
      description: sources.get(key)?.description ?? '',
      varies: varying.has(key),
    };
  });
  const byRow = Map.groupBy(problems, ({ row }) => row);
  const rows =
    draft.edited === null
      ? (plan?.trials ?? []).map((trial) => plannedRow(subject, keys, trial))
      : draft.edited.rows.map((row, i) =>
          editedRow(keys, row, plan?.trials[i] ?? null, byRow.get(row.id) ?? []),
        );
  const general = (byRow.get(null) ?? []).map(({ text }) => text);
  return {
    operation: draft.operation,
    flags: draft.flags,
    files: draft.files.map((path) => shownPath(subject, path)),
    flagsError,
    edited: draft.edited !== null,
    columns,
    rows,
    hasMoreKeys: moreKeys(subject, keys).length > 0,
    examples: examplesOf(Object.entries(values)),
    options: draft.options,
    optionErrors,
    drawnSeed: String(plan?.table.seed ?? ''),
    showLabels: draft.options.label.trim() !== '',
    count: countText(checked, rows),
    notes: [...lostEnv(draft), ...(plan?.table.notes ?? [])],
    problems: [...general, ...cellProblems(draft.edited, problems)],
    search: plan === null ? [] : searchLines(plan),
    go: goText(checked),
    canGo: plan !== null && (plan.trials.length > 0 || isSearch(plan)),
  };
}

/** Config values of the operation that are no columns yet. */
export function moreKeys(
  { operation }: TrialSubject,
  columns: readonly string[],
): readonly string[] {
  const keys = Object.keys(operation.defaults.values).filter((key) => !columns.includes(key));
  return keys.sort();
}

/** The rows of a plan as they are edited by hand. */
export function editedTable(subject: TrialSubject, plan: BatchPlan): EditedTable {
  const { values } = subject.operation.defaults;
  const rows = plan.trials.map(({ index, flags }) => {
    const cells = Object.entries(flags).map(([key, value]) => [key, typedText(value, values[key])]);
    return { id: index, cells: Object.fromEntries(cells) as Readonly<Record<string, string>> };
  });
  return { columns: plan.table.keys, rows, nextId: rows.length + 1 };
}

/** True for a plan whose trials are chosen while it runs. */
export function isSearch({ table, request }: BatchPlan): boolean {
  return request.rows === null && optimizerKind(table.optimizer) === 'sequential';
}

function plannedRow(
  { operation }: TrialSubject,
  keys: readonly string[],
  trial: PlannedTrial,
): RowView {
  const { values } = operation.defaults;
  const cells = keys.map((key): CellView => {
    const value = trial.flags[key];
    if (value === undefined) return { text: '' };
    const text = typedText(value, values[key]);
    return trial.sampled.includes(key) ? { text, drawn: true } : { text };
  });
  return { id: trial.index, cells, label: trial.label, ...noteOf(trial) };
}

function editedRow(
  keys: readonly string[],
  { id, cells }: EditedTable['rows'][number],
  trial: PlannedTrial | null,
  own: CheckedDraft['problems'],
): RowView {
  return {
    id,
    cells: keys.map((key) => {
      const error = own.find((one) => one.key === key)?.text;
      const text = cells[key] ?? '';
      return error === undefined ? { text } : { text, error };
    }),
    label: trial?.label ?? '',
    ...(own.length > 0
      ? { note: { kind: 'error' as const, text: 'cannot run' } }
      : trial === null
        ? {}
        : noteOf(trial)),
  };
}

function noteOf({ equalRun, duplicateOf, flags }: PlannedTrial): Pick<RowView, 'note'> {
  if (equalRun !== null) {
    const text = `not needed: ${equalRun.name} is equal`;
    return { note: { kind: 'skipped', text, run: equalRun.id } };
  }
  if (duplicateOf === null) {
    if (Object.keys(flags).length > 0) return {};
    return { note: { kind: 'info', text: 'with the values of the project' } };
  }
  return { note: { kind: 'duplicate', text: `same as trial ${duplicateOf}` } };
}

/** `Trial 3, lr: "x" does not fit`: the first ones. */
function cellProblems(
  edited: EditedTable | null,
  problems: CheckedDraft['problems'],
): readonly string[] {
  const own = problems.filter(({ row }) => row !== null);
  const shown = own.slice(0, 3).map(({ row, key, text }) => {
    const index = (edited?.rows.findIndex(({ id }) => id === row) ?? -1) + 1;
    return `Trial ${index}, ${key ?? ''}: ${text}`;
  });
  const more = own.length - shown.length;
  return more > 0 ? [...shown, `${plural(more, 'more cell')} cannot be used`] : shown;
}

function countText({ plan, draft }: CheckedDraft, rows: readonly RowView[]): string {
  if (plan !== null && isSearch(plan)) {
    const { maxTrials } = plan.request;
    return maxTrials === null ? 'Trials are chosen as they run' : upTo(maxTrials);
  }
  if (plan === null && draft.edited === null) return '';
  if (plan?.table.single === true) return 'One run';
  const of = (kind: string): number => rows.filter(({ note }) => note?.kind === kind).length;
  const seed = plan?.table.seed ?? null;
  const generated = plan?.table.generated ?? rows.length;
  const parts = [
    generated > rows.length
      ? `${plural(rows.length, 'trial')} of ${generated.toLocaleString('en')}`
      : plural(rows.length, 'trial'),
    of('duplicate') > 0 ? plural(of('duplicate'), 'duplicate') : '',
    of('skipped') > 0 ? `${of('skipped')} not needed` : '',
    of('error') > 0 ? `${of('error')} cannot run` : '',
    seed === null || draft.edited !== null ? '' : `drawn with seed ${seed}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function upTo(count: number): string {
  return `Up to ${plural(count, 'trial')}, chosen as they run`;
}

function goText({ plan, draft }: CheckedDraft): string {
  const { then } = draft.options;
  if (plan === null) return then === 'run' ? 'Run' : 'Stage';
  if (plan.table.single) return `${then === 'run' ? 'Run' : 'Stage'} ${draft.operation}`;
  const trials = isSearch(plan) ? 'Search' : plural(plan.trials.length, 'Trial');
  if (then === 'run') return `Run ${trials}`;
  return then === 'stage' ? `Stage Batch of ${trials}` : `Stage ${trials}`;
}

function searchLines(plan: BatchPlan): readonly string[] {
  if (!isSearch(plan)) return [];
  return Object.entries(plan.space).map(([key, one]) => `${key}: ${dimensionText(one)}`);
}

function dimensionText(dimension: SearchDimension): string {
  switch (dimension.kind) {
    case 'uniform':
    case 'loguniform': {
      const { low, high, type, kind } = dimension;
      const parts = [`${low} to ${high}`, type === 'int' ? 'whole numbers' : ''];
      return [...parts, kind === 'loguniform' ? 'logarithmic' : ''].filter(Boolean).join(', ');
    }
    case 'choice':
      return `one of ${dimension.values.map(shown).join(', ')}`;
    case 'fixed':
      return shown(dimension.value);
  }
}

/** Variables may be secrets, so they are not kept; whoever needs them has to know. */
function lostEnv({ lostEnv: names, options }: TrialDraft): readonly string[] {
  if (names.length === 0 || options.env.trim() !== '') return [];
  return [`Environment variables are not kept. Set them again: ${names.join(', ')}`];
}

/** Sweeps to begin with, made from values of the operation. */
function examplesOf(values: readonly (readonly [string, Json])[]): readonly string[] {
  const examples = values.map(([key, value]) => {
    if (typeof value === 'boolean') return `${key}=[true, false]`;
    if (typeof value === 'bigint') return `${key}=[${value}, ${value === 0n ? 1n : value * 2n}]`;
    if (typeof value === 'number' && Number.isFinite(value)) {
      const other = jsonEqual(value, 0) ? 1 : Number((value / 10).toPrecision(12));
      return `${key}=[${encodeLine(value)}, ${encodeLine(other)}]`;
    }
    return '';
  });
  return examples.filter((one) => one !== '').slice(0, 4);
}

function shownPath({ project }: TrialSubject, path: string): string {
  const inside = relative(project.commandDir, path);
  return inside.startsWith('..') || isAbsolute(inside) ? basename(path) : inside;
}
