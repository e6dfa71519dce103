/** The scripts for POSIX shells and for Windows. @param node the editor's Node or Electron. */
export function cliScripts(
  node: string,
  cli: string,
): { readonly sh: string; readonly cmd: string } {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return {
    sh: `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quote(node)} ${quote(cli)} "$@"\n`,
    cmd: `@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${node}" "${cli}" %*\r\n`,
  };
}
