import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { createFileExclusive } from '../base/atomic.ts';
import { readRegularText } from '../base/regular-file.ts';

/** 32 bytes as hexadecimal digits. */
const KEY = /^[0-9a-f]{64}$/;

let known: { readonly path: string; readonly key: Buffer } | null = null;

/**
 * The secret of this user on this machine, made when it is needed first; of many processes that
 * make it at once, all get the same. It never lies in a store: what is signed with it was put there
 * by us. Null where it cannot be kept for us alone: then nothing counts as ours, and a person is
 * asked. Never throws.
 */
export function privateKey(): Buffer | null {
  const path = keyPath();
  if (known?.path === path) return known.key;
  try {
    const key = readKey(path) ?? makeKey(path);
    if (key !== null) known = { path, key };
    return key;
  } catch {
    return null;
  }
}

/** Where the key of this user lies. `XDG_STATE_HOME` goes first on every platform. */
export function keyPath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(stateHome(env, platform), 'runyard', 'key');
}

function stateHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const chosen = env['XDG_STATE_HOME'];
  if (chosen !== undefined && isAbsolute(chosen)) return chosen;
  const home = homedir();
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support');
    case 'win32':
      return env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    default:
      return join(home, '.local', 'state');
  }
}

/** Null when there is none yet. Throws for one that others could have read or made. */
function readKey(path: string): Buffer | null {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  requirePrivate(lstatSync(dirname(path)), 'directory');
  requirePrivate(stats, 'file');
  const text = readRegularText(path, 1024).trim();
  if (!KEY.test(text)) throw new Error('It is no key');
  return Buffer.from(text, 'hex');
}

function makeKey(path: string): Buffer | null {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  requirePrivate(lstatSync(dirname(path)), 'directory');
  createFileExclusive(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, sync: true });
  // Another process may have been faster: what has the name counts.
  return readKey(path);
}

/** No link, and nobody else's. Windows keeps the user's own folders from others by itself. */
function requirePrivate(stats: Stats, kind: 'file' | 'directory'): void {
  const isKind = kind === 'file' ? stats.isFile() : stats.isDirectory();
  const uid = process.geteuid?.();
  const isPrivate = uid === undefined || (stats.uid === uid && (stats.mode & 0o077) === 0);
  if (!isKind || !isPrivate) throw new Error(`The ${kind} is not ours alone`);
}
