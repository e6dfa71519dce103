import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, basename, relative } from 'node:path';
import * as vscode from 'vscode';
import { showWarning } from '../base/messages.ts';
import { requireTrust } from '../base/trust.ts';

/** In the global state: the real paths of stores that may be changed. */
const KEY = 'runyard.trustedStores';

/**
 * Stores outside the folders of the window, which the trust in the workspace says nothing about:
 * those of settings and of the environment, and Guild homes. Looking at them needs nothing; before
 * the first change a person is asked, once for each.
 */
export class StoreTrust {
  readonly #memento: vscode.Memento;
  /** Questions that are open now: whoever needs the same answer waits for it. */
  readonly #open = new Map<string, Promise<boolean>>();

  /** @param memento of the user, not of the workspace. */
  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  /** Whether runs of a store may be changed without a question. */
  isTrusted(runsDir: string): boolean {
    const path = realPath(runsDir);
    return vscode.workspace.isTrusted && (isInWorkspace(path) || this.#known.includes(path));
  }

  /**
   * Asks about those of some stores that are not trusted. Throws in an untrusted workspace, and a
   * `CancellationError` when the person does not want it.
   */
  async require(runsDirs: Iterable<string>): Promise<void> {
    requireTrust();
    for (const runsDir of new Set(runsDirs)) {
      if (!this.isTrusted(runsDir) && !(await this.#ask(realPath(runsDir)))) {
        throw new vscode.CancellationError();
      }
    }
  }

  get #known(): readonly string[] {
    return this.#memento.get<readonly string[]>(KEY) ?? [];
  }

  async #ask(path: string): Promise<boolean> {
    const open = this.#open.get(path) ?? this.#askNow(path);
    this.#open.set(path, open);
    try {
      return await open;
    } finally {
      this.#open.delete(path);
    }
  }

  async #askNow(path: string): Promise<boolean> {
    const choice = await showWarning(
      'This store is outside the folders of the window. May its runs be changed and started?',
      { modal: true, detail: `${path}\n\nYou are asked once for each store.` },
      'Trust Store',
    );
    if (choice !== 'Trust Store') return false;
    await this.#memento.update(KEY, [...this.#known, path]);
    return true;
  }
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => {
    const way = relative(realPath(uri.fsPath), path);
    return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
  });
}

/** Where a path leads, through links, as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
