import * as vscode from 'vscode';

/** A provider that knows all about its nodes. */
export interface TreeSource<T> {
  readonly onDidChange: vscode.Event<readonly T[] | undefined>;
  children(node: T | undefined): Promise<readonly T[]>;
  item(node: T): vscode.TreeItem;
  parent(node: T): T | undefined;
  resolve(item: vscode.TreeItem, node: T): Promise<vscode.TreeItem>;
}

/**
 * A tree data provider that loads its source when the view is first shown, so that registering
 * it costs nothing.
 */
export class LazyTree<T> implements vscode.TreeDataProvider<T>, vscode.Disposable {
  readonly #load: () => Promise<TreeSource<T>>;
  readonly #changed = new vscode.EventEmitter<T[] | undefined>();
  #source: TreeSource<T> | null = null;
  #listening: vscode.Disposable | null = null;

  /** @param load when it rejects the view is empty, and whoever loads tells why. */
  constructor(load: () => Promise<TreeSource<T>>) {
    this.#load = load;
  }

  readonly onDidChangeTreeData = this.#changed.event;

  async getChildren(node?: T): Promise<T[]> {
    const source = await this.#get().catch(() => null);
    return source === null ? [] : [...(await source.children(node))];
  }

  getTreeItem(node: T): vscode.TreeItem {
    // VS Code only knows nodes that the source gave it.
    if (this.#source === null) throw new Error('The view is not loaded');
    return this.#source.item(node);
  }

  getParent(node: T): T | undefined {
    return this.#source?.parent(node);
  }

  async resolveTreeItem(item: vscode.TreeItem, node: T): Promise<vscode.TreeItem> {
    return await (await this.#get()).resolve(item, node);
  }

  /** Has the rows asked for again. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#listening?.dispose();
    this.#changed.dispose();
  }

  async #get(): Promise<TreeSource<T>> {
    const source = await this.#load();
    if (this.#source === null) {
      this.#source = source;
      this.#listening = source.onDidChange((nodes) => {
        this.#changed.fire(nodes === undefined ? undefined : [...nodes]);
      });
    }
    return source;
  }
}
