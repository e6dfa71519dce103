import { resolve } from 'node:path';
import type { BatchRequest } from '../../batch/record/types.ts';
import type { Objective } from '../../core/run/types.ts';
import type { Args } from '../base/args.ts';
import type { CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { envOption, operationArgs } from '../base/operation-args.ts';
import { BATCH_RUN_OPTIONS, startBatch } from '../follow/batch-run.ts';
import { createRun, executeRun } from './run.ts';

export const batchCommand: CliCommand = {
  name: 'batch',
  usage: 'batch [OP] [KEY=VALUES…] [-b FILE]… [OPTIONS]',
  summary: 'Run trials of an operation, one for each combination of values',
  options: {
    file: {
      type: 'string',
      short: 'b',
      multiple: true,
      value: 'FILE',
      help: 'Table of trials: CSV, JSON or YAML; may be repeated',
    },
    optimizer: {
      type: 'string',
      short: 'o',
      value: 'NAME',
      help: '+ (every combination), random, optuna, or a command that is asked for trials',
    },
    'max-trials': { type: 'string', short: 'm', value: 'N', help: 'At most N trials' },
    seed: { type: 'string', value: 'N', help: 'Draw the same values as another time' },
    slots: { type: 'string', short: 's', value: 'N', help: 'Trials at a time; default 1' },
    minimize: { type: 'string', value: 'METRIC', help: 'The best trial has the least of it' },
    maximize: { type: 'string', value: 'METRIC', help: 'The best trial has the most of it' },
    needed: {
      type: 'boolean',
      short: 'n',
      help: 'Leave out trials that an equal completed run makes needless',
    },
    'fail-fast': { type: 'boolean', help: 'Stop the batch when a trial fails' },
    stage: { type: 'boolean', help: "Only stage the batch; 'runyard resume' starts it" },
    'stage-trials': { type: 'boolean', help: 'Stage the trials and do not start them' },
    preview: { type: 'boolean', help: 'Only show the trials' },
    label: {
      type: 'string',
      short: 'l',
      value: 'TEXT',
      help: 'Label of the trials; ${KEY} is a value',
    },
    tag: {
      type: 'string',
      multiple: true,
      value: 'TAG',
      help: 'Tag of the trials; may be repeated',
    },
    'batch-label': { type: 'string', value: 'TEXT', help: 'Label of the batch' },
    'batch-tag': {
      type: 'string',
      multiple: true,
      value: 'TAG',
      help: 'Tag of the batch; may be repeated',
    },
    description: { type: 'string', value: 'TEXT', help: 'What the batch is about' },
    env: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'Environment variable of the trials; may be repeated',
    },
    'accept-unknown': {
      type: 'boolean',
      help: 'Take keys that the operation does not have, as Gage does',
    },
    ...BATCH_RUN_OPTIONS,
  },
  details: `OP may be left out: the only operation, or the default one, is meant. VALUES are one value, a list
([0.1,0.01]), a sequence (range[1:5], linspace[0:1:5], logspace[-5:-1:5], geomspace[1:16:5]), or a range
to draw from ([0:1], uniform[0:1], loguniform[1e-5:1e-1]). Quote them: shells know brackets, too.

Without --optimizer a range means random, anything else every combination. An empty cell of FILE means
the default. The batch goes on when this command ends. With --wait, Ctrl-C stops it: running trials are
stopped, the others stay staged, and 'runyard resume' goes on.`,
  run: runBatch,
};

async function runBatch(context: Context): Promise<number> {
  const { args } = context;
  const { opName, values } = operationArgs(args);
  const request = requestOf(args, values);
  const project = await context.project();
  const { planBatch } = await import('../../batch/plan.ts');
  const plan = await planBatch(project, opName, request);
  if (args.isSet('preview')) {
    const { printBatchPreview } = await import('../follow/batch-preview.ts');
    return printBatchPreview(context, plan);
  }
  for (const note of plan.table.notes) context.note(note);
  if (plan.trials.length > 0 && plan.trials.every(({ equalRun }) => equalRun !== null)) {
    context.note('Skipped: completed runs have the same configurations as all trials');
    if (context.json) context.outJson(null);
    return EXIT.skipped;
  }
  if (plan.table.single) {
    context.note('These values make one run, not a batch; --optimizer + makes a batch of it');
    const { singleRunOptions } = await import('../../batch/single.ts');
    const run = await createRun(context, plan.proto.opdef.name, singleRunOptions(plan));
    const onlyStage = args.isSet('stage') || args.isSet('stage-trials');
    return await executeRun(context, run, onlyStage ? 'stage' : 'stage+start');
  }
  const { createBatch } = await import('../../batch/create.ts');
  return await startBatch(context, (options) => createBatch(project, plan, options));
}

function requestOf(args: Args, flags: readonly string[]): BatchRequest {
  if (args.isSet('stage') && args.isSet('wait')) {
    throw args.usage('--stage starts nothing that --wait could wait for');
  }
  return {
    flags,
    files: args.texts('file').map((path) => resolve(path)),
    rows: null,
    optimizer: args.text('optimizer') ?? null,
    maxTrials: args.integer('max-trials', 1) ?? null,
    seed: args.integer('seed', 0) ?? null,
    slots: args.integer('slots', 1) ?? 1,
    objective: objectiveOf(args),
    needed: args.isSet('needed'),
    failFast: args.isSet('fail-fast'),
    stageTrials: args.isSet('stage-trials'),
    label: args.text('label') ?? null,
    tags: args.texts('tag'),
    batchLabel: args.text('batch-label') ?? null,
    batchTags: args.texts('batch-tag'),
    description: args.text('description') ?? null,
    env: envOption(args),
    acceptUnknown: args.isSet('accept-unknown'),
  };
}

function objectiveOf(args: Args): Objective | null {
  const minimize = args.text('minimize');
  const maximize = args.text('maximize');
  if (minimize !== undefined && maximize !== undefined) {
    throw args.usage('--minimize and --maximize exclude each other');
  }
  const metric = minimize ?? maximize;
  if (metric === undefined) return null;
  if (metric.trim() === '') throw args.usage('The name of the metric is empty');
  return { metric, direction: minimize === undefined ? 'maximize' : 'minimize' };
}
