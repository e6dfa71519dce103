import { realpathSync } from 'node:fs';
import type * as vscode from 'vscode';
import { allowEntries, foreignEntries } from '../../queue/foreign.ts';
import { askAboutForeign } from '../processes/consent.ts';

/** In the global state: the real paths of stores whose foreign queue was asked about. */
const KEY = 'runyard.askedQueues';

/** Asks about what somebody else has put into a queue. */
export class ForeignQueue {
  readonly #memento: vscode.Memento;

  /** @param memento of the user, not of the workspace. */
  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  /**
   * Asks about all entries of somebody else, once for a store, whatever the answer is: later ones
   * are only shown. @returns true when they were allowed.
   */
  async offer(runsDir: string): Promise<boolean> {
    const path = realpathSync(runsDir);
    const asked = this.#memento.get<readonly string[]>(KEY) ?? [];
    if (asked.includes(path)) return false;
    // Before the answer: another window, or a look a moment later, must not ask as well.
    await this.#memento.update(KEY, [...asked, path]);
    return await this.ask(runsDir);
  }

  /**
   * Asks about entries of somebody else.
   * @param ids those that are meant; by default all. @returns true when they were allowed.
   */
  async ask(runsDir: string, ids: ReadonlySet<string> | null = null): Promise<boolean> {
    const all = await foreignEntries(runsDir);
    const foreign = all.filter(({ run }) => ids?.has(run.id) !== false);
    const question = 'May the queue start what it would execute?';
    if ((await askAboutForeign(foreign, question, 'Allow', 'Leave')) !== 'Allow') return false;
    allowEntries(foreign, 'VS Code');
    return true;
  }
}
