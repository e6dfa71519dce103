import * as vscode from 'vscode';

/** Context keys that `when` clauses of `package.json` use, with the values they take. */
interface ContextKeys {
  /** The extension is there: something in the window has to do with runs. */
  readonly 'runyard.active': true;
  /** What the folders of the window hold. Unset until it is known. */
  readonly 'runyard.project': 'noGageFile' | 'noOperations' | 'broken' | 'ready';
  readonly 'runyard.groupBy': GroupBy;
  readonly 'runyard.filtered': boolean;
  /** The box in which a filter is typed is open. */
  readonly 'runyard.filterBox': boolean;
  /** A Guild home is among the stores. */
  readonly 'runyard.guild': boolean;
  /** The runs have been read. */
  readonly 'runyard.loaded': boolean;
}

/** Sets context keys, and only when they change. */
export class ContextKeySetter {
  readonly #values = new Map<keyof ContextKeys, unknown>();

  set<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}

export type GroupBy = 'none' | 'operation' | 'status' | 'day';
