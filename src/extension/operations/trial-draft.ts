import * as z from 'zod/mini';
import { OPTION_NAMES, type OptionName } from '../../webview/trials/messages.ts';

/** A row that is edited by hand: texts by config key, none for the value of the project. */
export interface DraftRow {
  /** Stays the same while the row is edited and moved. */
  readonly id: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** Trials that no longer follow from flags and files. */
export interface EditedTable {
  readonly columns: readonly string[];
  readonly rows: readonly DraftRow[];
  /** Id of the next row that is added. */
  readonly nextId: number;
}

/** Everything that a person has filled in for a batch. Texts are as typed: they may be wrong. */
export interface TrialDraft {
  /** Directory whose project it is. */
  readonly folder: string;
  readonly operation: string;
  /** One line: `lr=[0.1,0.01] epochs=3`. */
  readonly flags: string;
  /** Batch files, absolute. */
  readonly files: readonly string[];
  readonly edited: EditedTable | null;
  readonly options: Readonly<Record<OptionName, string>>;
  /** The seed that was drawn for this batch: without it each look would show other values. */
  readonly drawnSeed: number | null;
  /** Names of variables that were filled in when the draft was kept, without them. */
  readonly lostEnv: readonly string[];
}

const DEFAULT_OPTIONS: Readonly<Record<OptionName, string>> = {
  then: 'run',
  slots: '1',
  optimizer: '',
  maxTrials: '',
  seed: '',
  metric: '',
  direction: 'minimize',
  needed: '',
  failFast: '',
  batchLabel: '',
  tags: '',
  description: '',
  label: '',
  env: '',
};

/** A batch with nothing filled in but what is given. */
export function newDraft(
  given: Pick<TrialDraft, 'folder' | 'operation'> &
    Partial<Pick<TrialDraft, 'flags' | 'files'>> & {
      readonly options?: Partial<Record<OptionName, string>>;
    },
): TrialDraft {
  return {
    flags: '',
    files: [],
    edited: null,
    drawnSeed: null,
    lostEnv: [],
    ...given,
    options: { ...DEFAULT_OPTIONS, ...given.options },
  };
}

const cellsSchema = z.record(z.string(), z.string());
const DraftSchema = z.object({
  folder: z.string(),
  operation: z.string(),
  flags: z.string(),
  files: z.array(z.string()),
  edited: z.nullable(
    z.object({
      columns: z.array(z.string()),
      rows: z.array(z.object({ id: z.number(), cells: cellsSchema })),
      nextId: z.number(),
    }),
  ),
  options: z.record(z.string(), z.string()),
  drawnSeed: z.nullable(z.number()),
  lostEnv: z._default(z.array(z.string()), []),
});

/** The draft to be kept by the page and the workspace. Variables may be secrets: they stay out. */
export function draftToKeep(draft: TrialDraft): unknown {
  const { env } = draft.options;
  const names = [...env.matchAll(/(?:^|\s)([^\s="']+)=/g)].map(([, name = '']) => name);
  return {
    ...draft,
    options: { ...draft.options, env: '' },
    lostEnv: names.length > 0 ? names : draft.lostEnv,
  };
}

/** A draft that was kept; null when it is not one. */
export function keptDraft(kept: unknown): TrialDraft | null {
  const parsed = DraftSchema.safeParse(kept);
  if (!parsed.success) return null;
  const options = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, parsed.data.options[name] ?? DEFAULT_OPTIONS[name]]),
  ) as Record<OptionName, string>;
  return { ...parsed.data, options };
}

/** How many steps can be undone. */
const MAX_STEPS = 200;

/** A draft with the states before it. */
export class DraftHistory {
  #draft: TrialDraft;
  #undo: { readonly draft: TrialDraft; readonly kind: string }[] = [];
  #redo: TrialDraft[] = [];

  constructor(draft: TrialDraft) {
    this.#draft = draft;
  }

  get draft(): TrialDraft {
    return this.#draft;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /**
   * A change by the person.
   * @param kind changes of the same kind in a row, such as letters typed into one box, are
   *   undone together; empty for one that stands alone.
   */
  change(draft: TrialDraft, kind = ''): void {
    const last = this.#undo.at(-1);
    if (kind === '' || last?.kind !== kind || this.#redo.length > 0) {
      this.#undo.push({ draft: this.#draft, kind });
      if (this.#undo.length > MAX_STEPS) this.#undo.shift();
    }
    this.#redo = [];
    this.#draft = draft;
  }

  /** A change that belongs to the present state: undoing it alone would mean nothing. */
  amend(draft: TrialDraft): void {
    this.#draft = draft;
  }

  undo(): void {
    const last = this.#undo.pop();
    if (last === undefined) return;
    this.#redo.push(this.#draft);
    this.#draft = last.draft;
  }

  redo(): void {
    const next = this.#redo.pop();
    if (next === undefined) return;
    this.#undo.push({ draft: this.#draft, kind: '' });
    this.#draft = next;
  }
}
