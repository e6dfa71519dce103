/**
 * Options of a test that needs what Windows does not have, or does not give everybody: it is
 * skipped there, and the report says what it needs.
 *
 * @param needs as the report says it: `permission bits`, `symbolic links`, `a shell`.
 */
export function posix(needs: string): { readonly skip: string | false } {
  return { skip: process.platform === 'win32' && `not on Windows: needs ${needs}` };
}

/** The program that runs Python, as commands that we write name it. */
export const PYTHON = process.platform === 'win32' ? 'python' : 'python3';
