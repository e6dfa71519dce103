import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import { plural } from '../../core/base/words.ts';
import { draftToKeep, keptDraft, type TrialDraft } from '../operations/trial-draft.ts';

/** More rows are not worth their place in the workspace's memory. */
const MAX_ROWS = 1000;

const OPEN_KEY = 'trials.open';
const OpenSchema = z.record(z.string(), z.unknown());

/** What was filled in for the trials of each operation, in this workspace: now and the last time. */
export class TrialMemory {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** The tables that are open, or were when the window went away. */
  open(): readonly TrialDraft[] {
    const drafts = Object.values(this.#open()).map(keptDraft);
    return drafts.filter((draft) => draft !== null);
  }

  /** Keeps the draft of a table that is open. */
  async keepOpen(draft: TrialDraft): Promise<void> {
    if (isLarge(draft)) await this.close(draft);
    else
      await this.#state.update(OPEN_KEY, { ...this.#open(), [keyOf(draft)]: draftToKeep(draft) });
  }

  /** Forgets the draft of a table that was closed. */
  async close(draft: Pick<TrialDraft, 'folder' | 'operation'>): Promise<void> {
    const { [keyOf(draft)]: gone, ...others } = this.#open();
    if (gone !== undefined) await this.#state.update(OPEN_KEY, others);
  }

  /** The last batch; null when there was none. */
  last(place: Pick<TrialDraft, 'folder' | 'operation'>): TrialDraft | null {
    return keptDraft(this.#state.get<unknown>(keyOf(place)));
  }

  /** Remembers what was filled in: not its names, and no variables, which may be secrets. */
  async remember(draft: TrialDraft): Promise<void> {
    if (isLarge(draft) || isBlank(draft)) return;
    const options = { ...draft.options, batchLabel: '', description: '' };
    const kept = draftToKeep({ ...draft, options, drawnSeed: null });
    await this.#state.update(keyOf(draft), kept);
  }

  #open(): Readonly<Record<string, unknown>> {
    const parsed = OpenSchema.safeParse(this.#state.get<unknown>(OPEN_KEY));
    return parsed.success ? parsed.data : {};
  }
}

/** True for a draft that is not kept here: only its page keeps it. */
export function isLarge({ edited }: TrialDraft): boolean {
  return (edited?.rows.length ?? 0) > MAX_ROWS;
}

/** True while nothing says that there are several trials. */
export function isBlank({ flags, files, edited }: TrialDraft): boolean {
  return flags.trim() === '' && files.length === 0 && edited === null;
}

/** What a batch was about, in one line. */
export function draftText({ flags, files, edited }: TrialDraft): string {
  if (edited !== null) return plural(edited.rows.length, 'edited trial');
  const parts = [flags.trim(), files.length === 0 ? '' : plural(files.length, 'file')];
  return parts.filter((part) => part !== '').join(' and ');
}

function keyOf({ folder, operation }: Pick<TrialDraft, 'folder' | 'operation'>): string {
  return `trials|${folder}|${operation}`;
}
