import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposables.ts';
import { activityText } from '../rows/activity.ts';
import type { RunsTree } from './tree.ts';

/** Shows how many runs run and wait, while some do. A click shows them. */
export class StatusBar implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #tree: RunsTree;
  #item: vscode.StatusBarItem | null = null;

  constructor(tree: RunsTree) {
    this.#tree = tree;
    this.#own.add(tree.onDidUpdate(() => this.#update()));
    this.#update();
  }

  /** What the item says; null while it is hidden. */
  get text(): string | null {
    return this.#item?.text ?? null;
  }

  dispose(): void {
    this.#own.dispose();
  }

  #update(): void {
    const text = activityText(this.#tree.model.counts);
    if (text === null) {
      this.#item?.dispose();
      this.#item = null;
      return;
    }
    this.#item ??= this.#make();
    this.#item.text = `$(${text.isWaiting ? 'clock' : 'sync~spin'}) ${text.short}`;
    this.#item.tooltip = `Runyard: ${text.long}. Click to show.`;
    this.#item.accessibilityInformation = { label: `Runyard: ${text.long}`, role: 'button' };
  }

  #make(): vscode.StatusBarItem {
    const item = this.#own.add(
      vscode.window.createStatusBarItem('runyard.running', vscode.StatusBarAlignment.Left, 10),
    );
    item.name = 'Runyard: running runs';
    item.command = 'runyard.showActiveRuns';
    item.show();
    return item;
  }
}
