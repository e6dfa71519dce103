/** What a key means in the table. */
export type GridAction =
  /** Goes so many rows and columns on; infinitely many is up to the end. */
  | {
      readonly kind: 'go';
      readonly rows: number;
      readonly columns: number;
      /** Chooses the rows up to there. */
      readonly extends: boolean;
    }
  | { readonly kind: 'move'; readonly by: -1 | 1 }
  | { readonly kind: 'add' | 'delete' | 'clear' | 'edit' | 'undo' | 'redo' | 'duplicate' }
  /** Begins to edit with this letter. */
  | { readonly kind: 'type'; readonly text: string };

/** What the keys do, for who cannot see the table. */
export const GRID_KEYS =
  'Arrows move. Enter or typing edits a cell, Delete gives it back to the project. ' +
  'Shift and arrows choose several trials, Alt and arrows move them.';

/** The part of a keyboard event that counts. */
interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * What a key means; null when nothing.
 * @param column of the cell that has the keyboard; 0 is the number of the row.
 * @param page how many rows are seen.
 */
export function gridAction(key: Key, column: number, page: number): GridAction | null {
  const isMain = key.ctrlKey || key.metaKey;
  const go = (rows: number, columns: number): GridAction => ({
    kind: 'go',
    rows,
    columns,
    extends: key.shiftKey && rows !== 0,
  });
  switch (key.key) {
    case 'ArrowUp':
      return key.altKey ? { kind: 'move', by: -1 } : go(isMain ? -Infinity : -1, 0);
    case 'ArrowDown':
      return key.altKey ? { kind: 'move', by: 1 } : go(isMain ? Infinity : 1, 0);
    case 'ArrowLeft':
      return go(0, isMain ? -Infinity : -1);
    case 'ArrowRight':
      return go(0, isMain ? Infinity : 1);
    case 'Home':
      return go(isMain ? -Infinity : 0, -Infinity);
    case 'End':
      return go(isMain ? Infinity : 0, Infinity);
    case 'PageUp':
      return go(-page, 0);
    case 'PageDown':
      return go(page, 0);
    case 'Insert':
      return { kind: 'add' };
    case 'Delete':
    case 'Backspace':
      return { kind: column === 0 || isMain ? 'delete' : 'clear' };
    case 'F2':
      return { kind: 'edit' };
    case 'Enter':
      return isMain ? null : { kind: 'edit' };
    default:
      return isMain ? mainAction(key) : letterAction(key);
  }
}

function mainAction({ key, shiftKey }: Key): GridAction | null {
  switch (key.toLowerCase()) {
    case 'z':
      return { kind: shiftKey ? 'redo' : 'undo' };
    case 'y':
      return { kind: 'redo' };
    case 'd':
      return { kind: 'duplicate' };
    default:
      return null;
  }
}

function letterAction({ key, altKey }: Key): GridAction | null {
  return altKey || key.length !== 1 ? null : { kind: 'type', text: key };
}
