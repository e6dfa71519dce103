import { join } from 'node:path';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { runsTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { actOnGuildRuns, homeOf, startGuildRun, type GuildAction } from '../../guild/actions.ts';
import { findGuildCommand, type GuildCommand } from '../../guild/command.ts';
import type { Settings } from '../base/settings.ts';
import { refreshRuns, type Outcome } from '../run/each.ts';
import { storeKey, type Stores } from '../stores/stores.ts';
import { pythonOf } from './python.ts';

/** What a person can ask `guild` to do from here. */
export type GuildRequest = GuildAction | { readonly kind: 'start' };

/** Runs that one `guild` is told at a time: command lines have an end. */
const CHUNK = 50;

/** Guild waits up to 30 s for a run to end, and then some. Milliseconds. */
const ACTION_MS = 90_000;

/** What takes longer shows its progress. Milliseconds. */
const SHOW_PROGRESS_MS = 800;

const DOING: Readonly<Record<GuildRequest['kind'], string>> = {
  start: 'Starting',
  stop: 'Stopping',
  delete: 'Deleting',
  restore: 'Restoring',
  purge: 'Deleting',
  mark: 'Marking',
  unmark: 'Unmarking',
  label: 'Labelling',
  tag: 'Tagging',
  comment: 'Commenting',
};

/**
 * Changes runs of Guild homes, only ever through the user's own `guild` command, which is asked
 * who it is first.
 */
export class GuildActions {
  readonly #stores: Stores;
  readonly #settings: Settings;
  readonly #storageDir: string;
  readonly #log: vscode.LogOutputChannel;
  #command: { readonly key: string; readonly found: Promise<GuildCommand> } | null = null;

  /** @param storageDir where our own claims on runs of Guild are: never in a home. */
  constructor(
    stores: Stores,
    settings: Settings,
    storageDir: string,
    log: vscode.LogOutputChannel,
  ) {
    this.#stores = stores;
    this.#settings = settings;
    this.#storageDir = join(storageDir, 'guild');
    this.#log = log;
  }

  /**
   * Does something to runs of Guild and looks at them again. What fails does not keep the
   * others from being done. Refuses in an untrusted workspace; throws `guild` without a command.
   */
  async act(request: GuildRequest, runs: readonly RunInfo[]): Promise<Outcome> {
    if (runs.length === 0) return { done: [], errors: [] };
    await this.#stores.trust.require(runs.map(({ runsDir }) => runsDir));
    const abort = new AbortController();
    const work = this.#act(request, runs, abort.signal);
    await showWhenLong(work, `${DOING[request.kind]} ${runsTitle(runs)} with Guild`, abort);
    return await work;
  }

  async #act(
    request: GuildRequest,
    runs: readonly RunInfo[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const command = await this.#verified(signal);
    const done: RunInfo[] = [];
    const errors: unknown[] = [];
    for (const some of portions(request, runs)) {
      try {
        signal.throwIfAborted();
        await this.#actOn(command, request, some, signal);
        done.push(...some);
      } catch (error) {
        errors.push(error);
        if (signal.aborted) break;
      }
    }
    await refreshRuns(this.#stores, runs);
    return { done, errors };
  }

  async #actOn(
    command: GuildCommand,
    request: GuildRequest,
    runs: readonly RunInfo[],
    signal: AbortSignal,
  ): Promise<void> {
    if (request.kind === 'start') {
      for (const info of runs) await this.#start(command, info, signal);
      return;
    }
    const options = { env: process.env, timeoutMs: ACTION_MS, signal };
    await actOnGuildRuns(command, request, runs, options);
    this.#log.info(`${DOING[request.kind]} with Guild: ${runs.map(({ id }) => id).join(' ')}`);
  }

  async #start(command: GuildCommand, info: RunInfo, signal: AbortSignal): Promise<void> {
    this.#refuseWhileBatchRuns(info);
    const claimDir = join(this.#storageDir, storeKey(info.runsDir));
    await startGuildRun(command, info, { env: process.env, claimDir, signal });
    this.#log.info(`Guild has started run ${info.name} (${info.id})`);
  }

  /** A trial that waits for its batch is started by it. */
  #refuseWhileBatchRuns(info: RunInfo): void {
    if (info.status !== 'pending' || info.batch?.role !== 'trial') return;
    const batch = this.#stores.entryOf(info.runsDir)?.store.runs.get(info.batch.batch);
    if (batch?.status !== 'running') return;
    throw new RunyardError('wrong-status', `Run ${info.name} waits for its batch, which runs`, {
      hint: 'Stop the batch to start its trials one by one.',
    });
  }

  /** The command of the user, looked for once as long as the settings are the same. */
  async #verified(signal: AbortSignal): Promise<GuildCommand> {
    const given = this.#settings.get('guild.command');
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const python = pythonOf(vscode.workspace.workspaceFolders?.[0]);
    const key = JSON.stringify([given, folders, python]);
    if (this.#command?.key !== key) {
      const search = { given, folders, env: process.env, ...(python === null ? {} : { python }) };
      this.#command = { key, found: findGuildCommand(search, signal) };
    }
    try {
      const command = await this.#command.found;
      this.#log.debug(`Guild ${command.version} is ${command.path}`);
      return command;
    } catch (error) {
      // It may be installed before the next time.
      this.#command = null;
      throw error;
    }
  }
}

/** Runs that are told to one `guild`: of one home, and for a start one by one. */
function* portions(request: GuildRequest, runs: readonly RunInfo[]): Generator<readonly RunInfo[]> {
  const homes = new Map<string, RunInfo[]>();
  for (const info of runs) homes.set(homeOf(info), [...(homes.get(homeOf(info)) ?? []), info]);
  const size = request.kind === 'start' ? 1 : CHUNK;
  for (const own of homes.values()) {
    for (let i = 0; i < own.length; i += size) yield own.slice(i, i + size);
  }
}

/** Shows progress that can be cancelled when the work takes its time. Never rejects. */
async function showWhenLong(
  work: Promise<unknown>,
  title: string,
  abort: AbortController,
): Promise<void> {
  const settled = work.then(
    () => true,
    () => true,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), SHOW_PROGRESS_MS);
  });
  const isDone = await Promise.race([settled, late]);
  clearTimeout(timer);
  if (isDone) return;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, async (_, token) => {
    token.onCancellationRequested(() => abort.abort());
    await settled;
  });
}
