import type { BatchPlan, PlannedTrial, SearchDimension } from '../../batch/record/types.ts';
import { optimizerKind } from '../../batch/search/optimizer.ts';
import { literal } from '../../batch/table/literal.ts';
import { DEFAULT_SEARCH_TRIALS } from '../../batch/table/table.ts';
import { formatFlags } from '../../batch/trial/labels.ts';
import { plural } from '../../core/base/words.ts';
import { fromPlain, type Json, type JsonObject } from '../../core/data/json.ts';
import { maskedConfig } from '../../core/data/secrets.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { formatTable, printable, type Cell } from '../base/text.ts';

/** The trials that a batch would have: `batch --preview`. */
export function printBatchPreview(context: Context, plan: BatchPlan): number {
  if (context.json) {
    context.outJson(previewJson(plan));
    return EXIT.ok;
  }
  const { table, trials } = plan;
  if (trials.length > 0) {
    const head = ['#', ...table.keys, 'note'];
    const rows = trials.map((trial): Cell[] => [
      { text: String(trial.index) },
      ...table.keys.map((key) => ({ text: cellText(trial.flags[key]) })),
      { text: noteOf(trial), style: 'dim' },
    ]);
    const width = context.width;
    context.out(formatTable(head, rows, context.paint, { width, right: new Set([0]) }));
  } else {
    for (const [key, dim] of Object.entries(plan.space)) {
      context.out(`${printable(`${key}: ${dimensionText(dim)}`)}\n`);
    }
  }
  for (const note of table.notes) context.note(note);
  context.note(summaryText(plan));
  return EXIT.ok;
}

function cellText(value: Json | undefined): string {
  return value === undefined ? '' : literal(value);
}

function noteOf({ duplicateOf, equalRun, sampled }: PlannedTrial): string {
  return [
    ...(equalRun === null ? [] : [`skipped: same as run ${equalRun.name}`]),
    ...(duplicateOf === null ? [] : [`same as trial ${String(duplicateOf)}`]),
    ...(sampled.length === 0 ? [] : [`drawn: ${sampled.join(', ')}`]),
  ].join('; ');
}

/** `6 trials of train (+), 2 at a time, seed 42, minimize loss`. */
function summaryText({ table, trials, proto, request }: BatchPlan): string {
  const { objective, slots, maxTrials } = request;
  const skipped = trials.filter(({ equalRun }) => equalRun !== null).length;
  if (table.single) {
    return [`One run of ${proto.opdef.name}, not a batch`, ...skippedText(skipped)].join(', ');
  }
  const most = `up to ${plural(maxTrials ?? DEFAULT_SEARCH_TRIALS, 'trial')}`;
  const isSearch = optimizerKind(table.optimizer) === 'sequential';
  const count = isSearch ? most : plural(trials.length, 'trial');
  return [
    `${count} of ${proto.opdef.name} (${table.optimizer})`,
    ...(table.generated === null || table.generated === trials.length
      ? []
      : [`of ${String(table.generated)} that there are`]),
    ...skippedText(skipped),
    `${String(slots)} at a time`,
    ...(table.seed === null ? [] : [`seed ${String(table.seed)}`]),
    ...(objective === null ? [] : [`${objective.direction} ${objective.metric}`]),
  ].join(', ');
}

function skippedText(count: number): readonly string[] {
  return count === 0 ? [] : [`${String(count)} skipped`];
}

function dimensionText(dim: SearchDimension): string {
  if (dim.kind === 'fixed') return literal(dim.value);
  if (dim.kind === 'choice') return formatFlags({ '': dim.values }).slice(1);
  const { kind, low, high, initial } = dim;
  const args = initial === null ? [low, high] : [low, high, initial];
  return `${kind}[${args.join(':')}]`;
}

function previewJson({ request, proto, table, trials, space }: BatchPlan): Json {
  const int = (value: number | null): Json => (value === null ? null : BigInt(value));
  return {
    operation: proto.opdef.name,
    version: proto.opref.version,
    optimizer: table.optimizer,
    seed: int(table.seed),
    slots: BigInt(request.slots),
    objective: request.objective === null ? null : { ...request.objective },
    generated: int(table.generated),
    trials: trials.map((trial): JsonObject => ({
      index: BigInt(trial.index),
      flags: maskedConfig(trial.flags),
      config: maskedConfig(trial.config),
      label: trial.label,
      sampled: trial.sampled,
      duplicateOf: int(trial.duplicateOf),
      equal: trial.equalRun === null ? null : { ...trial.equalRun },
    })),
    space: fromPlain(space),
    notes: table.notes,
  };
}
