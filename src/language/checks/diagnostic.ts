import type { TextEdit, TextRange } from '../../opdef/syntax/tree.ts';

/** Closed list of what can be wrong in a Gage file; the documentation has an anchor for each. */
export const DIAGNOSTIC_CODES = [
  'syntax',
  'duplicate-key',
  'yaml-surprise',
  'unknown-key',
  'wrong-type',
  'bad-name',
  'bad-version',
  'missing-exec',
  'unknown-phase',
  'unknown-progress',
  'pattern-syntax',
  'pattern-never-matches',
  'pattern-matches-nothing',
  'pattern-shadowed',
  'config-file-missing',
  'config-key-missing',
  'config-unsupported',
  'config-problem',
  'config-duplicate',
  'depends-shape',
  'depends-unknown-operation',
  'run-select-syntax',
  'two-defaults',
  'shadowed-gage-file',
  'secret-copied',
  'command-not-found',
  'unsafe-project-dir',
  'summary-no-group',
] as const;
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

/**
 * `error`: the operation cannot run, or Gage refuses it. `warning`: it does something else than
 * it seems to. `information` and `hint`: worth knowing.
 */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Something in a Gage file that a person may want to mend. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** What happens, and what to write instead. */
  readonly message: string;
  readonly range: TextRange;
  /** What `fixesFor` makes fixes of. */
  readonly fixData?: readonly FixData[];
  /** The text has no effect: shown faded. */
  readonly unnecessary?: boolean;
  readonly related?: readonly RelatedPlace[];
}

/** Another place that explains a diagnostic. */
export interface RelatedPlace {
  /** Absolute. */
  readonly path: string;
  /** Null for the whole file. */
  readonly range: TextRange | null;
  readonly message: string;
}

/** Keys and list indexes from the root of the document to a value. */
export type NodePath = readonly (string | number)[];

/** What one fix does; its edits are made when somebody asks for them. */
export type FixData =
  | { readonly kind: 'edit'; readonly title: string; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'create-file'; readonly path: string; readonly text: string }
  | { readonly kind: 'remove'; readonly title: string; readonly path: NodePath }
  | { readonly kind: 'exclude'; readonly operation: string; readonly files: readonly string[] }
  | { readonly kind: 'add-exec'; readonly operation: string };
