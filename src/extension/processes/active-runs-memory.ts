import type * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import { isBusy } from '../runs/flags.ts';
import type { Stores } from '../stores/stores.ts';

const KEY = 'runs.active';

/**
 * Remembers whether runs were going on, so that the next window on this workspace looks at them
 * at once instead of waiting for a view to be opened.
 */
export class ActiveRunsMemory implements vscode.Disposable {
  readonly #own = new DisposableStore();

  constructor(stores: Stores, state: vscode.Memento) {
    this.#own.add(
      stores.onDidChangeRuns(() => {
        const active = stores.entries.some(({ store }) => [...store.runs.values()].some(isBusy));
        if (active !== wereRunsActive(state)) void state.update(KEY, active);
      }),
    );
  }

  dispose(): void {
    this.#own.dispose();
  }
}

/** True when runs were going on when this workspace was last looked at. */
export function wereRunsActive(state: vscode.Memento): boolean {
  return state.get<unknown>(KEY) === true;
}
