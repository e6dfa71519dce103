import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The root of this checkout, absolute. */
export const repoRoot = dirname(dirname(import.meta.dirname));

/**
 * The directory that keeps what every clone shares: VS Code, Python environments.
 * `RUNYARD_CACHE_DIR` wins, then `$XDG_CACHE_HOME/runyard`, then `~/.cache/runyard`.
 */
export function cacheDir(): string {
  const own = process.env['RUNYARD_CACHE_DIR'];
  if (own !== undefined && own !== '') return own;
  const xdg = process.env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'runyard');
}
