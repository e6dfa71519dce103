import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { isOurs } from '../../core/origin/run-origin.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import type { Stores } from '../stores/stores.ts';
import type { Launcher } from './launcher.ts';

/** A supervisor may be on its way: what seems abandoned is looked at again after this. Milliseconds. */
const PATIENCE_MS = 2_000;

/** Recovers runs of this host that nobody looks after, each at most once in a session. */
export class AutoRecover implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #stores: Stores;
  readonly #launcher: Launcher;
  readonly #settings: Settings;
  readonly #log: vscode.LogOutputChannel;
  readonly #tried = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    stores: Stores,
    launcher: Launcher,
    settings: Settings,
    log: vscode.LogOutputChannel,
  ) {
    this.#stores = stores;
    this.#launcher = launcher;
    this.#settings = settings;
    this.#log = log;
    this.#own.add(
      stores.onDidChangeRuns(({ entry, change }) => {
        this.#look(change.first ? entry.store.runs.values() : change.changed);
      }),
    );
    this.#own.add(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        for (const { store } of stores.entries) this.#look(store.runs.values());
      }),
    );
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#own.dispose();
  }

  #look(runs: Iterable<RunInfo>): void {
    if (!vscode.workspace.isTrusted || !this.#settings.get('autoRecover')) return;
    for (const info of runs) {
      if (!info.needsRecovery || info.container !== 'active' || this.#tried.has(info.id)) continue;
      this.#tried.add(info.id);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#recover(info).catch((error: unknown) => {
          // Another window, or the command line, may have been faster.
          this.#log.info(`Run ${info.name} was not recovered: ${describeError(error)}`);
        });
      }, PATIENCE_MS);
      this.#timers.add(timer);
    }
  }

  async #recover(before: RunInfo): Promise<void> {
    await this.#stores.refresh(before.runsDir, [before.id]);
    const info = await this.#stores.info(before.runsDir, before.id);
    if (info?.needsRecovery !== true) return;
    // What this user has started is theirs wherever it is.
    if (!this.#stores.trust.isTrusted(info.runsDir) && !isOurs(info)) return;
    this.#log.info(`Run ${info.name}: ${info.reason ?? 'interrupted'}. Recovering it.`);
    await this.#launcher.recoverByItself(info);
  }
}
