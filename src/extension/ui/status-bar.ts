import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { RunsTree } from '../runs/runs-tree.ts';
import { plural } from '../runs/format.ts';

/** Shows how many runs run, while some do. A click shows them. */
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
    const { running } = this.#tree.model.counts;
    if (running === 0) {
      this.#item?.dispose();
      this.#item = null;
      return;
    }
    this.#item ??= this.#make();
    this.#item.text = `$(sync~spin) ${running} running`;
    this.#item.tooltip = `Runyard: ${plural(running, 'run')} running. Click to show.`;
    this.#item.accessibilityInformation = {
      label: `${plural(running, 'run')} running`,
      role: 'button',
    };
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
