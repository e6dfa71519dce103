import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { deleteRun, purgeRun, restoreRun } from '../../core/life/delete.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { isActive, mayRunElsewhere } from '../../core/status/status.ts';
import { listRuns, readRunInfo } from '../../core/store/read.ts';
import { brokenLinksWarning } from '../../depends/dependents.ts';
import { CONTAINER_OPTION, RUN_HELP, type CliCommand } from '../base/command.ts';
import { YES_ELSEWHERE, canAsk, confirm, confirmElsewhere, showRuns } from '../base/confirm.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRuns } from '../base/named-runs.ts';
import { printable } from '../base/text.ts';

const TRIALS_OPTION = { type: 'boolean', help: 'The trials of a batch, too' } as const;

export const deleteCommand: CliCommand = {
  name: 'delete',
  usage: 'delete RUN… [OPTIONS]',
  summary: "Move runs to the trash; 'runyard restore' brings them back",
  options: { container: CONTAINER_OPTION, trials: TRIALS_OPTION, yes: YES_ELSEWHERE },
  details: RUN_HELP,
  minArgs: 1,
  run: async (context) => {
    const chosen = await namedRuns(context, context.args.positionals, { container: 'active' });
    const runs = await withTrials(context, chosen);
    refuseActive(runs);
    if (!(await confirmElsewhere(context, runs, 'delete'))) return nothingDone(context);
    for (const run of runs) await deleteRun(run, { confirmed: mayRunElsewhere(run) });
    return await report(context, 'Deleted', runs);
  },
};

export const restoreCommand: CliCommand = {
  name: 'restore',
  usage: 'restore RUN… [OPTIONS]',
  summary: 'Bring runs back from the trash or from an archive',
  options: { container: CONTAINER_OPTION, trials: TRIALS_OPTION },
  details: `RUN is as elsewhere, in 'runyard list --container trash'. Ids and names are found in archives too.`,
  minArgs: 1,
  run: async (context) => {
    const where = { container: 'trash', elsewhere: true };
    const runs = await namedRuns(context, context.args.positionals, where);
    const active = runs.find((run) => run.container === 'active');
    if (active !== undefined) {
      throw new RunyardError('wrong-status', `Run ${active.name} is not deleted`);
    }
    const all = await withTrials(context, runs);
    for (const run of all) restoreRun(run);
    return await report(context, 'Restored', all);
  },
};

export const purgeCommand: CliCommand = {
  name: 'purge',
  usage: 'purge RUN… [OPTIONS]',
  summary: 'Delete runs in the trash for good',
  options: {
    all: { type: 'boolean', short: 'a', help: 'All runs in the container' },
    container: CONTAINER_OPTION,
    trials: TRIALS_OPTION,
    yes: { type: 'boolean', short: 'y', help: 'Do not ask' },
  },
  details: `RUN is as elsewhere, in 'runyard list --container trash'. This cannot be undone.`,
  run: runPurge,
};

async function runPurge(context: Context): Promise<number> {
  const { args } = context;
  const all = args.isSet('all');
  if (all === args.positionals.length > 0) throw args.usage('Name the runs, or give --all');
  const container = await context.container('trash');
  if (container === 'active') {
    throw args.usage(
      "Only runs in the trash or in an archive are purged: 'runyard delete' comes first",
    );
  }
  const runs = all
    ? await listRuns(await context.runsDir(), { container })
    : await withTrials(context, await namedRuns(context, args.positionals, { container: 'trash' }));
  refuseActive(runs);
  const warning = await brokenLinksWarning(runs);
  if (warning !== null) context.note(printable(warning));
  if (runs.length > 0 && !args.isSet('yes') && !(await confirmPurge(context, runs))) {
    return nothingDone(context);
  }
  for (const run of runs) await purgeRun(run, { confirmed: mayRunElsewhere(run) });
  return await report(context, 'Permanently deleted', runs);
}

/** With `--trials`, also those of the batches among `runs` that are in the same container. */
async function withTrials(context: Context, runs: readonly RunInfo[]): Promise<readonly RunInfo[]> {
  if (!context.args.isSet('trials')) return runs;
  const chosen = new Map(runs.map((run) => [run.id, run]));
  const stored = await listRuns(await context.runsDir(), { container: 'any' });
  const trials = stored.filter(({ id, batch, container }) => {
    const of = batch?.role === 'trial' ? chosen.get(batch.batch) : undefined;
    return of?.container === container && !chosen.has(id);
  });
  return [...runs, ...trials];
}

function refuseActive(runs: readonly RunInfo[]): void {
  const running = runs.find((run) => isActive(run.status) && !mayRunElsewhere(run));
  if (running === undefined) return;
  throw new RunyardError('wrong-status', `Run ${running.name} is ${running.status}`, {
    hint: `Stop it first: runyard stop ${running.name}`,
  });
}

async function confirmPurge(context: Context, runs: readonly RunInfo[]): Promise<boolean> {
  if (!canAsk()) {
    throw context.args.usage('There is nobody to ask: --yes deletes without asking');
  }
  showRuns(context, runs);
  const what = runs.length === 1 ? 'this run' : `these ${String(runs.length)} runs`;
  return await confirm(`Permanently delete ${what}? This cannot be undone.`);
}

function nothingDone(context: Context): number {
  context.note('Nothing was deleted');
  return EXIT.error;
}

async function report(context: Context, what: string, runs: readonly RunInfo[]): Promise<number> {
  if (!context.json) {
    context.note(`${what} ${plural(runs.length, 'run')}`);
    return EXIT.ok;
  }
  const entries = [];
  for (const run of runs) {
    const now = await readRunInfo(run.runsDir, run.id);
    entries.push(runEntry(run, now?.status ?? 'deleted'));
  }
  context.outJson(entries);
  return EXIT.ok;
}
