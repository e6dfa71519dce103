import { listArchives } from '../../core/archives.ts';
import { newestRuns, type NewestRuns } from '../../core/newest.ts';
import { formatOpRef } from '../../core/opref.ts';
import { selectRuns } from '../../core/select-runs.ts';
import { listRuns, runTimestamp } from '../../core/store.ts';
import type { RunInfo } from '../../core/types.ts';
import { CONTAINER_OPTION, RUN_HELP, type Command } from '../command.ts';
import type { Context } from '../context.ts';
import { listEntry } from '../contract.ts';
import { EXIT } from '../errors.ts';
import { formatTable, printable, relativeTime, statusStyle, type Cell } from '../text.ts';

/** Rows of a table without `--all` or `--limit`. */
const DEFAULT_ROWS = 20;

export const listCommand: Command = {
  name: 'list',
  usage: 'list [RUN…] [OPTIONS]',
  summary: 'List runs, newest first',
  options: {
    all: {
      type: 'boolean',
      short: 'a',
      help: 'Every row, and every container unless --container names one',
    },
    container: CONTAINER_OPTION,
    limit: { type: 'string', short: 'n', value: 'N', help: 'At most N rows; 0 for all' },
    where: {
      type: 'string',
      short: 'w',
      value: 'TEXT',
      help: 'Only runs with this operation or status, or this text in their label',
    },
  },
  details: `A table has ${String(DEFAULT_ROWS)} rows unless --all or --limit says otherwise; --json has all of them.

${RUN_HELP}`,
  run: runList,
};

async function runList(context: Context): Promise<number> {
  const { args } = context;
  const runsDir = await context.runsDir();
  const all = args.flag('all');
  const everywhere = all && args.text('container') === undefined;
  const container = everywhere ? 'any' : await context.container();
  const limit = args.integer('limit', 0);
  const where = args.text('where');
  const named = args.positionals.length > 0;
  const unlimited = all || context.json || named;
  const count = limit === undefined ? (unlimited ? Infinity : DEFAULT_ROWS) : limit || Infinity;
  const wholeStore = everywhere || named || where !== undefined || count === Infinity;
  const { runs, total } = wholeStore
    ? await everyRun(runsDir, container)
    : await newestRuns(runsDir, container, count);
  // Numbers are those of the whole listing, so that other commands understand them.
  const rows = runs.map((run, i) => ({ run, index: i + 1 }));
  const chosen = named ? choose(rows, args.positionals) : rows;
  const matching = where === undefined ? chosen : chosen.filter(({ run }) => matches(run, where));
  const shown = matching.slice(0, count);
  if (context.json) {
    context.outJson(shown.map(({ run }) => listEntry(run)));
    return EXIT.ok;
  }
  const { ns } = await context.project();
  printTable(context, shown, { ns, runsDir, showContainer: everywhere });
  if (total === 0) context.note(emptyNote(runsDir, container));
  const found = wholeStore ? matching.length : total;
  if (shown.length < found) {
    context.note(`Showing ${String(shown.length)} of ${String(found)} runs: --all shows all`);
  }
  return EXIT.ok;
}

async function everyRun(runsDir: string, container: string): Promise<NewestRuns> {
  const runs = await listRuns(runsDir, { container });
  return { runs, total: runs.length };
}

interface Row {
  readonly run: RunInfo;
  readonly index: number;
}

function choose(rows: readonly Row[], specs: readonly string[]): Row[] {
  const runs = rows.map(({ run }) => run);
  const chosen = new Set(specs.flatMap((spec) => selectRuns(runs, spec)));
  return rows.filter(({ run }) => chosen.has(run));
}

/** Gage's text filter (gage.md 5.1): equal operation or status, or part of the label. */
function matches(run: RunInfo, text: string): boolean {
  return run.opref?.name === text || run.status === text || (run.label ?? '').includes(text);
}

function printTable(
  context: Context,
  rows: readonly Row[],
  options: { ns: string; runsDir: string; showContainer: boolean },
): void {
  if (rows.length === 0) return;
  const now = Date.now();
  const archives = new Map(listArchives(options.runsDir).map(({ id, name }) => [id, name]));
  // A number means a run in one container only.
  const numbers = !options.showContainer;
  const head = ['name', 'operation', 'started', 'status', 'label'];
  if (options.showContainer) head.splice(4, 0, 'container');
  if (numbers) head.unshift('#');
  const cells = rows.map(({ run, index }): Cell[] => [
    ...(numbers ? [{ text: String(index) }] : []),
    { text: run.name },
    { text: run.opref === null ? '' : formatOpRef(run.opref, options.ns) },
    { text: startedText(run, now), style: 'dim' },
    { text: statusText(run), style: statusStyle(run.status) },
    ...(options.showContainer ? [{ text: archives.get(run.container) ?? run.container }] : []),
    run.status === 'unreadable'
      ? { text: run.reason ?? '', style: 'dim' }
      : { text: run.label ?? '' },
  ]);
  const table = { width: context.width, right: new Set(numbers ? [0] : []) };
  context.out(formatTable(head, cells, context.paint, table));
}

function startedText(run: RunInfo, now: number): string {
  const time = runTimestamp(run);
  if (time === 0) return '';
  const text = relativeTime(time, now);
  return run.timestampsUs.started === null ? `(${text})` : text;
}

function statusText(run: RunInfo): string {
  if (run.progress !== null) return `${run.status} ${String(run.progress.percent)}%`;
  return run.needsRecovery ? `${run.status} !` : run.status;
}

function emptyNote(runsDir: string, container: string): string {
  const what = container === 'active' || container === 'any' ? 'runs' : `runs in ${container}`;
  return `There are no ${what} in ${printable(runsDir)}`;
}
