/**
 * The scripts for POSIX shells and for Windows. Paths may hold anything that file names may.
 * @param node the editor's Node or Electron.
 */
export function cliScripts(
  node: string,
  cli: string,
): { readonly sh: string; readonly cmd: string } {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return {
    sh: `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quote(node)} ${quote(cli)} "$@"\n`,
    cmd: [
      '@echo off',
      // Otherwise an exclamation mark of a path may stand for a variable.
      'setlocal DisableDelayedExpansion',
      'set ELECTRON_RUN_AS_NODE=1',
      `${batchQuote(node)} ${batchQuote(cli)} %*`,
      '',
    ].join('\r\n'),
  };
}

/** In a batch file `%NAME%` is a variable also between quotation marks, which no path holds. */
function batchQuote(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
