import { relativeTime } from '../../core/base/time-text.ts';
import { listArchives } from '../../core/run/archives.ts';
import { formatOpRef } from '../../core/run/opref.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { runTimestamp } from '../../core/status/run-info.ts';
import { findRuns } from '../../core/store/find-runs.ts';
import { newestRuns, type NewestRuns } from '../../core/store/newest.ts';
import { listRuns } from '../../core/store/read.ts';
import type { Where } from '../../where/ast.ts';
import { filterRuns } from '../../where/matcher.ts';
import { parseWhere } from '../../where/parser.ts';
import { describeWhereProblem } from '../../where/problem.ts';
import type { Args } from '../base/args.ts';
import { CONTAINER_OPTION, RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { listEntry } from '../base/contract.ts';
import { describeForListing } from '../base/description.ts';
import { EXIT } from '../base/errors.ts';
import { formatTable, printable, statusStyle, type Cell } from '../base/text.ts';

/** Rows of a table without `--all` or `--limit`. */
const DEFAULT_ROWS = 20;

export const listCommand: CliCommand = {
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
      value: 'EXPR',
      help: "Only runs that match, as in 'status == completed and lr < 0.1'",
    },
  },
  details: `A table has ${String(DEFAULT_ROWS)} rows unless --all or --limit says otherwise; --json has all of them.

EXPR compares fields (operation, status, label, tag, name, id, started, stopped, duration,
exit_code, config.KEY, metric.KEY, attribute.KEY, or KEY alone) by == != < <= > >= =~ !~, 'in [a, b]'
and 'not in', with 'and', 'or', 'not' and parentheses. A word that stands alone is looked for in
operation, name, label, tags and status. Times are written '2 days ago', '2026-11-01' or '(today)'.

${RUN_HELP}`,
  run: runList,
};

async function runList(context: Context): Promise<number> {
  const { args } = context;
  const runsDir = await context.runsDir();
  const all = args.isSet('all');
  const everywhere = all && args.text('container') === undefined;
  const container = everywhere ? 'any' : await context.container();
  const limit = args.integer('limit', 0);
  const where = readWhere(args);
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
  const matching = where === undefined ? chosen : await matchingRows(chosen, where);
  const shown = matching.slice(0, count);
  if (context.json) {
    context.outJson(shown.map(({ run }) => listEntry(run)));
    return EXIT.ok;
  }
  const { ns } = await context.project();
  await printTable(context, shown, { ns, runsDir, showContainer: everywhere });
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
  const chosen = new Set(specs.flatMap((spec) => findRuns(runs, spec)));
  return rows.filter(({ run }) => chosen.has(run));
}

/** The expression of `--where`. Throws a usage error that points at what is wrong with it. */
function readWhere(args: Args): Where | undefined {
  const text = args.text('where');
  if (text === undefined) return undefined;
  const parsed = parseWhere(text);
  if (parsed.ok) return parsed.expression;
  throw args.usage(`--where: ${describeWhereProblem(text, parsed)}`);
}

async function matchingRows(rows: readonly Row[], where: Where): Promise<Row[]> {
  const runs = rows.map(({ run }) => run);
  const found = new Set<RunInfo>();
  for await (const run of filterRuns(runs, where, { now: new Date() })) found.add(run);
  return rows.filter(({ run }) => found.has(run));
}

async function printTable(
  context: Context,
  rows: readonly Row[],
  options: { ns: string; runsDir: string; showContainer: boolean },
): Promise<void> {
  if (rows.length === 0) return;
  const now = Date.now();
  const archives = new Map(listArchives(options.runsDir).map(({ id, name }) => [id, name]));
  // A number means a run in one container only.
  const numbers = !options.showContainer;
  const head = ['name', 'operation', 'started', 'status', 'description'];
  if (options.showContainer) head.splice(4, 0, 'container');
  if (numbers) head.unshift('#');
  const descriptions: string[] = [];
  for (const { run } of rows) descriptions.push(await describeForListing(run, context.width));
  const cells = rows.map(({ run, index }, i): Cell[] => [
    ...(numbers ? [{ text: String(index) }] : []),
    { text: run.name },
    { text: run.opref === null ? '' : formatOpRef(run.opref, options.ns) },
    { text: startedText(run, now), style: 'dim' },
    { text: statusText(run), style: statusStyle(run.status) },
    ...(options.showContainer ? [{ text: archives.get(run.container) ?? run.container }] : []),
    { text: descriptions[i] ?? '', style: run.status === 'unreadable' ? 'dim' : null },
  ]);
  const table = { width: context.width, right: new Set(numbers ? [0] : []) };
  context.out(formatTable(head, cells, context.paint, table));
}

function startedText(run: RunInfo, now: number): string {
  const time = runTimestamp(run);
  if (time === 0) return '';
  const text = relativeTime(time / 1000, now);
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
