import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError, wrongStatus } from '../core/base/errors.ts';
import { readSmallFile } from '../core/base/regular-file.ts';
import { Claim, tryClaim } from '../core/run/claim.ts';
import type { RunInfo } from '../core/run/types.ts';
import { runGuild, startGuild, type GuildCommand, type GuildRunOptions } from './command.ts';
import { parseGuildOpRef, projectDirOf } from './opref.ts';
import { readGuildRun } from './run-info.ts';

/** What the user's own `guild` is asked to do with runs of one home. */
export type GuildAction =
  | { readonly kind: 'stop' | 'delete' | 'restore' | 'purge' | 'mark' | 'unmark' }
  /** null clears the label. */
  | { readonly kind: 'label'; readonly text: string | null }
  | { readonly kind: 'tag'; readonly add: readonly string[]; readonly remove: readonly string[] }
  | { readonly kind: 'comment'; readonly text: string };

/** Looks at a run that is being started this often. Milliseconds. */
const LOOK_MS = 150;
/** Guild has read its imports and marked the run as its own by then. Milliseconds. */
const START_MS = 60_000;

/**
 * The arguments of `guild` for an action. Runs are named by their whole ids.
 * Throws `bad-request` for an id that Guild would take for a place in a list: it would act on
 * another run.
 */
export function guildArgs(
  home: string,
  action: GuildAction,
  ids: readonly string[],
): readonly string[] {
  return ['-H', home, ...verbOf(action), '-y', '--', ...ids.map(safeId)];
}

function verbOf(action: GuildAction): readonly string[] {
  switch (action.kind) {
    case 'stop':
      return ['stop'];
    case 'delete':
      return ['runs', 'rm'];
    case 'restore':
      return ['runs', 'restore'];
    case 'purge':
      return ['runs', 'purge'];
    case 'mark':
      return ['mark'];
    case 'unmark':
      return ['mark', '--clear'];
    case 'label':
      return action.text === null ? ['label', '--clear'] : ['label', `--set=${action.text}`];
    case 'tag':
      return [
        'tag',
        ...action.add.map((tag) => `--add=${tag}`),
        ...action.remove.map((tag) => `--delete=${tag}`),
      ];
    case 'comment':
      return ['comment', `--add=${action.text}`];
  }
}

function safeId(id: string): string {
  if (!/^[\d_]{1,12}$|:/.test(id)) return id;
  throw new RunyardError('bad-request', `Guild takes the id '${id}' for a place in its list`, {
    hint: 'Rename the run directory, or use guild itself with the number that it lists.',
  });
}

/** Does something to runs of one home. Throws `guild` with Guild's own words. */
export async function actOnGuildRuns(
  command: GuildCommand,
  action: GuildAction,
  runs: readonly RunInfo[],
  options: Omit<GuildRunOptions, 'cwd'>,
): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const args = guildArgs(
    homeOf(first),
    action,
    runs.map(({ id }) => id),
  );
  await runGuild(command, args, { ...options, cwd: cwdOf(first) });
}

/** Options of {@link startGuildRun}. */
export interface GuildStartOptions {
  readonly env: GuildRunOptions['env'];
  /**
   * A directory of ours, one for each home: our claims are there, never in the home, and what
   * Guild prints. Made when it is missing. The output of the run is in the run as ever.
   */
  readonly claimDir: string;
  readonly signal?: AbortSignal;
}

/**
 * Starts a staged run and resolves when Guild has taken it. The run then goes on by itself.
 * Of our own starters one gets the claim; Guild's do not know it, so the status is read right
 * before, and a race that is lost is told as any skip: `wrong-status`.
 * Throws `claimed`, and `guild` with Guild's words when the run could not be started.
 */
export async function startGuildRun(
  command: GuildCommand,
  info: RunInfo,
  options: GuildStartOptions,
): Promise<void> {
  mkdirSync(options.claimDir, { recursive: true });
  const claim = tryClaim({ runsDir: options.claimDir, id: info.id }, 'start');
  if (!(claim instanceof Claim)) {
    throw new RunyardError('claimed', `Run ${info.name} is just being started`);
  }
  try {
    await startClaimed(command, info, options);
  } finally {
    claim.release();
  }
}

async function startClaimed(
  command: GuildCommand,
  info: RunInfo,
  { env, claimDir, signal }: GuildStartOptions,
): Promise<void> {
  const now = statusOf(info);
  if (now !== 'staged' && now !== 'pending') throw wrongStatus(info.id, now);
  const args = ['-H', homeOf(info), 'run', `--start=${safeId(info.id)}`, '-y', '-q'];
  const logFile = join(claimDir, `${info.id}.log`);
  const started = await startGuild(command, args, { env, logFile, cwd: cwdOf(info) });
  const until = Date.now() + START_MS;
  try {
    for (;;) {
      const ended = await Promise.race([started.ended, sleep(LOOK_MS, null)]);
      if (signal?.aborted === true) started.cancel();
      signal?.throwIfAborted();
      if (ended !== null) {
        requireStarted(info, ended.code, readSmallFile(logFile) ?? '');
        return;
      }
      const seen = statusOf(info);
      // Guild takes the markers away first; when it writes its lock the run is under way.
      if (seen !== now && seen !== 'pending') return;
      if (Date.now() > until) return;
    }
  } finally {
    started.forget();
    removeLog(logFile);
  }
}

function removeLog(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Windows keeps a file that Guild still has open; the next start writes it anew.
  }
}

function statusOf(info: RunInfo): RunInfo['status'] {
  return readGuildRun(info.runsDir, info.id)?.info.status ?? 'unknown';
}

/** A run that failed by itself was started: its status and output tell. */
function requireStarted(info: RunInfo, code: number | null, printed: string): void {
  if (code === 0) return;
  if (/cannot restart run .* because it's running/.test(printed))
    throw wrongStatus(info.id, 'running');
  const seen = statusOf(info);
  if (seen !== 'staged' && seen !== 'pending') return;
  const last = printed.trim().split('\n').at(-1) ?? '';
  throw new RunyardError(
    'guild',
    `Guild did not start run ${info.name}: ${last === '' ? `exit code ${String(code)}` : last}`,
  );
}

/** The Guild home of a run. */
export function homeOf({ runsDir }: Pick<RunInfo, 'runsDir'>): string {
  return dirname(runsDir);
}

/** Guild looks for a project's configuration where it is called. */
function cwdOf(info: RunInfo): string {
  try {
    const project = projectDirOf(parseGuildOpRef(readSmallFile(`${info.metaPath}/opref`) ?? ''));
    if (project !== null && existsSync(project)) return project;
  } catch {
    // A run that cannot be read can still be deleted.
  }
  return homeOf(info);
}
