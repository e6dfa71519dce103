/**
 * What the page of a trial table and the extension tell each other. Data only: the page draws
 * what it is told, and asks for changes.
 */

/** A cell of the table. */
export interface CellView {
  /** As it is edited; empty for the value of the project. */
  readonly text: string;
  /** What is wrong with it. */
  readonly error?: string;
  /** The value was drawn at random. */
  readonly drawn?: boolean;
}

/** A trial. */
export interface RowView {
  /** Stays the same while the row is edited and moved. */
  readonly id: number;
  /** By column. */
  readonly cells: readonly CellView[];
  readonly label: string;
  /** Why it is marked. */
  readonly note?: {
    readonly kind: 'duplicate' | 'skipped' | 'error' | 'info';
    readonly text: string;
    /** The run that makes it needless. */
    readonly run?: string;
  };
}

/** A column: a config value of the operation. */
export interface ColumnView {
  readonly key: string;
  /** The value that an empty cell stands for. */
  readonly default: string;
  readonly description: string;
  /** Has different values in different rows. */
  readonly varies: boolean;
}

/** The options below the table, as they are typed. */
export const OPTION_NAMES = [
  'then',
  'slots',
  'optimizer',
  'maxTrials',
  'seed',
  'metric',
  'direction',
  'needed',
  'failFast',
  'batchLabel',
  'tags',
  'description',
  'label',
  'env',
] as const;
export type OptionName = (typeof OPTION_NAMES)[number];

/** Everything that the page shows. */
export interface TableView {
  readonly operation: string;
  readonly flags: string;
  /** Batch files: as they are shown, in order. */
  readonly files: readonly string[];
  /** What is wrong with `flags` or the files. */
  readonly flagsError: string;
  /** The rows were edited: `flags` and the files no longer say what they are. */
  readonly edited: boolean;
  readonly columns: readonly ColumnView[];
  readonly rows: readonly RowView[];
  /** Whether there are config values that could become columns. */
  readonly hasMoreKeys: boolean;
  /** Sweeps that the person could begin with. */
  readonly examples: readonly string[];
  readonly options: Readonly<Record<OptionName, string>>;
  readonly optionErrors: Readonly<Partial<Record<OptionName, string>>>;
  /** The seed that was drawn; empty when nothing is random. */
  readonly drawnSeed: string;
  readonly showLabels: boolean;
  /** `6 trials, 1 duplicate`. */
  readonly count: string;
  /** What the person should know, and what is wrong beside cells. */
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  /** Stands in for the rows of a sequential search. */
  readonly search: readonly string[];
  /** `Run 6 Trials`; disabled while that cannot be done. */
  readonly go: string;
  readonly canGo: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** What was used the last time; empty when that was nothing. */
  readonly last: string;
}

/** From the extension to the page. */
export type ToPage =
  | {
      readonly type: 'view';
      readonly view: TableView;
      /** To be kept by the page: what a reload of the window needs. */
      readonly keep: unknown;
    }
  /** There is nothing to show, such as an operation that is gone. */
  | { readonly type: 'problem'; readonly text: string }
  /** Checking takes longer, or the batch is being made. */
  | { readonly type: 'busy'; readonly text: string };

/** From the page to the extension. */
export type FromPage =
  | { readonly type: 'ready' | 'undo' | 'redo' | 'follow' | 'save' | 'add-file' | 'go' }
  | { readonly type: 'use-last' | 'new-seed' | 'remove-duplicates' | 'add-column' }
  | { readonly type: 'flags'; readonly text: string }
  | { readonly type: 'option'; readonly name: OptionName; readonly text: string }
  | { readonly type: 'remove-file'; readonly index: number }
  | { readonly type: 'cell'; readonly id: number; readonly key: string; readonly text: string }
  /** Texts put over the cells from one on; rows that are not there are added. */
  | {
      readonly type: 'paste';
      readonly id: number;
      readonly key: string;
      readonly texts: readonly (readonly string[])[];
    }
  /** Behind the row with this id; at the end without. */
  | { readonly type: 'add'; readonly after: number | null }
  | { readonly type: 'duplicate' | 'delete'; readonly ids: readonly number[] }
  | { readonly type: 'move'; readonly ids: readonly number[]; readonly by: -1 | 1 }
  | { readonly type: 'remove-column'; readonly key: string }
  | { readonly type: 'open-run'; readonly id: string };
