import { RunyardError } from '../../core/base/errors.ts';
import { formatOpRef } from '../../core/run/opref.ts';
import type { Container, RunInfo } from '../../core/run/types.ts';
import { findRuns } from '../../core/store/find-runs.ts';
import { listRuns } from '../../core/store/read.ts';
import type { Context } from './context.ts';

/** Where runs are looked for. */
interface NamedRunOptions {
  /** Container that indexes and names refer to, unless `--container` says otherwise. */
  readonly container: Container;
  /**
   * Whether an id or a name that the container does not have is looked for in the others.
   * Indexes never are.
   */
  readonly elsewhere?: boolean;
}

/**
 * The runs that `specs` name, in the order of the listing, each once (gage-format.md 5.1): indexes
 * from 1, slices `a:b`, or beginnings of an id or a name.
 * Throws `no-run` when a spec matches nothing.
 */
export async function namedRuns(
  context: Context,
  specs: readonly string[],
  options: NamedRunOptions,
): Promise<RunInfo[]> {
  const runsDir = await context.runsDir();
  const container = await context.container(options.container);
  const everything = await listRuns(runsDir, { container: 'any' });
  const runs = everything.filter((run) => run.container === container);
  const anywhere = options.elsewhere === true && context.args.text('container') === undefined;
  const found = new Set<RunInfo>();
  for (const spec of specs) {
    let matches = findRuns(runs, spec);
    if (matches.length === 0 && anywhere && !isPosition(spec)) matches = findRuns(everything, spec);
    if (matches.length === 0) throw noMatch(spec, runs.length, container, runsDir);
    for (const run of matches) found.add(run);
  }
  return everything.filter((run) => found.has(run));
}

/**
 * The one run that `spec` names; the newest without a spec.
 * Throws `no-run` for none, and `bad-request` with the list for several.
 */
export async function namedRun(
  context: Context,
  spec: string | undefined,
  options: NamedRunOptions,
): Promise<RunInfo> {
  const matches = await namedRuns(context, [spec ?? '1'], options);
  const [run] = matches;
  if (run !== undefined && matches.length === 1) return run;
  const shown = matches.slice(0, 10).map((match) => `  ${describeRun(match)}`);
  if (matches.length > shown.length) {
    shown.push(`  and ${String(matches.length - shown.length)} more`);
  }
  throw new RunyardError(
    'bad-request',
    `'${spec ?? '1'}' matches ${String(matches.length)} runs:\n${shown.join('\n')}`,
    { hint: 'Use more characters of the id or the name.' },
  );
}

/** One line that identifies a run to a person. */
export function describeRun(run: RunInfo): string {
  const operation = run.opref === null ? 'unreadable' : formatOpRef(run.opref);
  return `${run.id}  ${run.name}  ${operation}  ${run.status}`;
}

function isPosition(spec: string): boolean {
  return /^\d{1,5}$/.test(spec) || spec.includes(':');
}

function noMatch(spec: string, count: number, container: Container, runsDir: string): RunyardError {
  const where = container === 'active' ? runsDir : `${runsDir} (${container})`;
  const hint =
    count === 0
      ? `There are no runs in ${where}.`
      : "'runyard list' shows the runs. Name one by its number, or by the beginning of its id or name.";
  return new RunyardError('no-run', `No run matches '${spec}'`, { hint });
}
