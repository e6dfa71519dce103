import * as vscode from 'vscode';
import type { RunInfo, RunStatus } from '../../core/run/types.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { RunsChange, Stores } from '../stores/stores.ts';

/** A run whose status has changed while this window was looking. */
export interface Transition {
  /** null for a run that was not known before. */
  readonly before: RunStatus | null;
  readonly info: RunInfo;
}

/** Tells status changes of runs from other changes. */
export class RunTransitions implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #changed = this.#own.add(new vscode.EventEmitter<readonly Transition[]>());
  readonly #known = new Map<string, Map<string, RunStatus>>();

  constructor(stores: Stores) {
    this.#own.add(stores.onDidChangeRuns((event) => this.#onRuns(event)));
    this.#own.add(
      stores.onDidChangeList(() => {
        const keys = new Set(stores.entries.map((entry) => entry.key));
        for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
      }),
    );
  }

  /** Fires with all runs of one change. The first reading of a store is no change. */
  readonly onDidChange = this.#changed.event;

  dispose(): void {
    this.#own.dispose();
  }

  #onRuns({ entry, change }: RunsChange): void {
    const known = this.#known.get(entry.key) ?? new Map<string, RunStatus>();
    this.#known.set(entry.key, known);
    const transitions: Transition[] = [];
    const changed = change.first ? entry.store.runs.values() : change.changed;
    for (const info of changed) {
      const before = known.get(info.id) ?? null;
      known.set(info.id, info.status);
      if (before !== info.status && !(change.first && before === null))
        transitions.push({ before, info });
    }
    for (const id of change.removed) known.delete(id);
    if (transitions.length > 0) this.#changed.fire(transitions);
  }
}
