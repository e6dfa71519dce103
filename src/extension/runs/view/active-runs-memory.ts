import type * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposables.ts';
import type { RunsTree } from './tree.ts';

const KEY = 'runs.active';

/**
 * Remembers whether runs were going on, so that the next window on this workspace looks at them
 * at once instead of waiting for a view to be opened.
 */
export class ActiveRunsMemory implements vscode.Disposable {
  readonly #own = new DisposableStore();

  constructor(tree: RunsTree, state: vscode.Memento) {
    this.#own.add(
      tree.onDidUpdate(() => {
        const { total, running, queued, batches } = tree.model.counts;
        const active = running + queued + batches > 0;
        // Before the stores are read, nothing is known.
        if (total > 0 && active !== wereRunsActive(state)) void state.update(KEY, active);
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
