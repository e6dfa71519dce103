import type { RunInfo, RunStatus } from '../core/run/types.ts';
import { namesField, operationsNamed } from '../where/analyse.ts';
import type { Where } from '../where/ast.ts';
import { filterRuns } from '../where/matcher.ts';
import { parseWhere } from '../where/parser.ts';

/** The runs that a selection is made from. */
export interface RunCandidates {
  /** Newest first; those that are active (gage-format.md 1.9), without the run that depends. */
  readonly runs: readonly RunInfo[];
  /** Namespace whose runs an operation name means first. */
  readonly ns: string;
  /** The clock of `now` and `ago`. */
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** The runs that were chosen, newest first, or why there are none, as a sentence. */
interface RunChoice {
  readonly runs: readonly RunInfo[];
  readonly problem: string | null;
}

/**
 * The run that `run-select` means (gage-format.md 4.7): the newest that matches, completed unless the
 * expression itself speaks of the status. One word may also be an operation, the id or name of a
 * run, a label, or the beginning of an id or a name, looked for in this order.
 */
export async function selectNewest(select: string, candidates: RunCandidates): Promise<RunChoice> {
  const { runs, problem } = await choose(select, candidates, 1);
  return { runs: runs.slice(0, 1), problem };
}

/** All runs that `runs-select` means, by the rules of {@link selectNewest}. */
export async function selectAll(select: string, candidates: RunCandidates): Promise<RunChoice> {
  return await choose(select, candidates, Infinity);
}

/** @param limit how many runs are wanted; the newest are found first, the rest is not read. */
async function choose(
  select: string,
  candidates: RunCandidates,
  limit: number,
): Promise<RunChoice> {
  const parsed = parseWhere(select);
  if (!parsed.ok) {
    return none(`"${select}", character ${String(parsed.from + 1)}: ${parsed.message}`);
  }
  const word = plainWord(select);
  return word === null
    ? await byExpression(select, parsed.expression, candidates, limit)
    : byWord(word, usable(candidates.runs), candidates.ns);
}

/** What a selection names when it is one word, or text in quotes; null for an expression. */
export function plainWord(select: string): string | null {
  const parsed = parseWhere(select);
  if (!parsed.ok || parsed.expression.kind !== 'text') return null;
  return /^(["']?)(.*)\1$/s.exec(select.trim())?.[2] ?? null;
}

/** Runs that have something to give: neither being made nor unreadable. */
function usable(runs: readonly RunInfo[]): readonly RunInfo[] {
  return runs.filter(({ status }) => !UNUSABLE.has(status));
}

const UNUSABLE: ReadonlySet<RunStatus> = new Set(['unknown', 'pending', 'unreadable']);
/** A run that somebody names by its own name may have failed; it must have ended. */
const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'error', 'terminated']);

function byWord(word: string, runs: readonly RunInfo[], ns: string): RunChoice {
  const ofOperation = runs.filter(
    ({ opref }) => opref?.name === word || `${opref?.ns ?? ''}:${opref?.name ?? ''}` === word,
  );
  if (ofOperation.length > 0) {
    return completedOf(ownFirst(ofOperation, ns), `run of operation "${word}"`);
  }
  const itself = runs.find(({ id, name }) => id === word || name === word);
  if (itself !== undefined) return ended(itself);
  const labelled = runs.filter(({ label }) => label === word);
  if (labelled.length > 0) return completedOf(labelled, `run with the label "${word}"`);
  const [run, another] = runs.filter(
    ({ id, name }) => id.startsWith(word) || name.startsWith(word),
  );
  if (another !== undefined) return none(`the ids or names of several runs begin with "${word}"`);
  if (run !== undefined) return ended(run);
  return none(`no operation, run or label of a run in this store is called "${word}"`);
}

function ended(run: RunInfo): RunChoice {
  return ENDED.has(run.status)
    ? { runs: [run], problem: null }
    : none(`run ${run.name} has not ended: it is ${run.status}`);
}

/** The runs of the own namespace, or all when it has none of them. */
function ownFirst(runs: readonly RunInfo[], ns: string): readonly RunInfo[] {
  const own = runs.filter(({ opref }) => opref?.ns === ns);
  return own.length > 0 ? own : runs;
}

function completedOf(runs: readonly RunInfo[], what: string): RunChoice {
  const completed = runs.filter(({ status }) => status === 'completed');
  return completed.length > 0 ? { runs: completed, problem: null } : notCompleted(what, runs[0]);
}

/** @param other the newest run that would match if it had completed. */
function notCompleted(what: string, other: RunInfo | undefined): RunChoice {
  const hint = other === undefined ? '' : `; the newest, ${other.name}, is ${other.status}`;
  return none(`there is no completed ${what}${hint}`);
}

function none(problem: string): RunChoice {
  return { runs: [], problem };
}

async function byExpression(
  select: string,
  expression: Where,
  candidates: RunCandidates,
  limit: number,
): Promise<RunChoice> {
  const { ns } = candidates;
  const runs = usable(candidates.runs);
  const anyStatus = namesField(expression, 'status');
  const wanted = anyStatus ? runs : runs.filter(({ status }) => status === 'completed');
  // A name of an operation means the project's own; other expressions mean every run alike.
  const own = (run: RunInfo): boolean => run.opref?.ns === ns;
  const groups =
    operationsNamed(expression).length === 0
      ? [wanted]
      : [wanted.filter(own), wanted.filter((run) => !own(run))];
  for (const group of groups) {
    const found = await matching(expression, group, limit, candidates);
    if (found.length > 0) return { runs: found, problem: null };
  }
  if (anyStatus) return none(`no run matches "${select}"`);
  const [other] = await matching(expression, runs, 1, candidates);
  return notCompleted(`run that matches "${select}"`, other);
}

/** The first runs that pass, as many as are wanted: the files of the rest are not read. */
async function matching(
  expression: Where,
  runs: readonly RunInfo[],
  limit: number,
  { now, signal }: RunCandidates,
): Promise<readonly RunInfo[]> {
  const found: RunInfo[] = [];
  for await (const run of filterRuns(runs, expression, { now, ...(signal && { signal }) })) {
    found.push(run);
    if (found.length >= limit) break;
  }
  return found;
}
