import { join } from 'node:path';
import { execa } from 'execa';
import { commandScript } from '../../helpers/processes/supervisor.ts';
import { makeTempDir, removeTree } from '../../helpers/temp.ts';
import type { WorldResult } from './result.ts';

/**
 * Namespaces of its own for what is tried: its processes see no others and end with it, and all
 * file systems are read-only for it but one directory.
 */
const UNSHARE = ['unshare', '-Urpfm', '--mount-proc', '--kill-child'];
const CLOSE = 'mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift && exec "$@"';

/** Says what is missing on a machine that has no such sandbox; null when all is well. */
export async function sandboxProblem(): Promise<string | null> {
  const dir = makeTempDir('ry-');
  const [file = '', ...args] = command(dir, ['true']);
  const { failed, stderr } = await execa(file, args, { reject: false });
  removeTree(dir);
  return failed ? `This machine has no sandbox to try hostile stores in: ${stderr}` : null;
}

/** Tries the worlds of a group in a sandbox, one after another, and gives each result at once. */
export async function* enter(group: string): AsyncGenerator<WorldResult> {
  const script = await commandScript();
  const root = makeTempDir('ry-');
  const main = join(import.meta.dirname, 'main.ts');
  const only = process.env['RUNYARD_HOSTILE_WORLD'];
  const driver = [process.execPath, main, root, script, group, ...(only ? [only] : [])];
  const [file = '', ...args] = command(root, driver);
  const child = execa(file, args, {
    buffer: false,
    stdin: 'ignore',
    stderr: 'inherit',
    reject: false,
  });
  try {
    for await (const line of child) yield JSON.parse(line) as WorldResult;
    const { exitCode } = await child;
    if (exitCode !== 0) throw new Error(`The sandbox of ${group} ended with ${String(exitCode)}.`);
  } finally {
    child.kill('SIGKILL');
    if (process.env['RUNYARD_KEEP_TEMP'] !== '1') removeTree(root);
  }
}

function command(dir: string, program: readonly string[]): readonly string[] {
  return [...UNSHARE, 'sh', '-c', CLOSE, 'sh', dir, ...program];
}
