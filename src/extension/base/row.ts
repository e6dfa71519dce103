/**
 * A tree row as plain data: what `vscode.TreeItem` needs, without `vscode`, so that the
 * functions that make rows are pure and tested without an editor.
 */
export interface Row {
  /** Unique in its view and constant: never holds a time or a status. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon?: RowIcon;
  readonly state: 'leaf' | 'collapsed' | 'expanded';
  /** Sorted words, matched by regular expressions in `package.json`. */
  readonly contextValue: string;
  /** What a screen reader says instead of the label. */
  readonly accessibility?: string;
  readonly command?: RowCommand;
  /** URI of the file behind the row, which picks the icon of the file icon theme. */
  readonly resource?: string;
  /** Plain text. Long tooltips are built when the row is hovered. */
  readonly tooltip?: string;
}

export interface RowIcon {
  /** Name of a codicon. */
  readonly id: string;
  /** Name of a theme colour. */
  readonly color?: string;
}

/** A click on a row: the command gets the node itself, or `argument`. */
type RowCommand = {
  readonly id: string;
  readonly title: string;
} & ({ readonly withNode: true } | { readonly argument: Readonly<Record<string, string>> });
