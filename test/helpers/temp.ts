import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  lstatSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for something that comes at once on an idle machine. Milliseconds. On a
 * busy one everything takes its time; only a test that fails waits so long.
 */
export const WAIT_MS = 60_000;

// What a test signs, and every process that it starts: never with the key of the developer.
process.env['XDG_STATE_HOME'] = join(
  tmpdir(),
  `runyard-test-state-${String(process.getuid?.() ?? '')}`,
);

/**
 * A fresh directory with a real path, removed after the test (read-only content included).
 * `RUNYARD_KEEP_TEMP=1` keeps it.
 */
export function tempDir(t: Pick<TestContext, 'after'>, prefix = 'runyard-test-'): string {
  const dir = makeTempDir(prefix);
  t.after(() => {
    if (process.env['RUNYARD_KEEP_TEMP'] === '1') return;
    try {
      removeTree(dir);
    } catch (error) {
      // What the test has opened is closed after this, and Windows keeps files that are open.
      if (process.platform !== 'win32') throw error;
    }
  });
  return dir;
}

/** A fresh directory with a real path; the caller removes it with {@link removeTree}. */
export function makeTempDir(prefix = 'runyard-test-'): string {
  return realpathSync(mkdtempSync(join(tmpdir(), prefix)));
}

/** Removes a tree, also one whose directories are read-only or that is still being filled. */
export function removeTree(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch {
    makeDirsWritable(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function makeDirsWritable(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) makeDirsWritable(join(dir, entry.name));
  }
}

/**
 * Runs `work` as a user whom permissions bind: root can read anything, so a test of what cannot
 * be read gives its rights up for that long. `dir` is opened to that user.
 */
export async function withoutRoot<T>(dir: string, work: () => T | Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0 || process.seteuid === undefined) return await work();
  chmodSync(dir, 0o755);
  process.seteuid(65_534);
  try {
    return await work();
  } finally {
    process.seteuid(0);
  }
}

/**
 * Waits until `condition` returns something truthy and resolves to it. Polls every
 * `intervalMs`; rejects after `timeoutMs` with `what` in the message, and with the last error
 * that the condition threw.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number; intervalMs?: number; what?: string } = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const { timeoutMs = WAIT_MS, intervalMs = 20, what = 'the condition' } = options;
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      lastError = undefined;
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Waited ${String(timeoutMs)} ms for ${what}.`, { cause: lastError });
    }
    await sleep(intervalMs);
  }
}

/** What {@link writeTree} writes at one path. */
export type TreeEntry =
  | string
  | Uint8Array
  | null
  | { readonly data: string | Uint8Array; readonly mode: number }
  | { readonly symlink: string };

/**
 * Writes files below `root`, by relative path with `/`. `null` is an empty directory, an object
 * gives a mode or a symbolic link. Returns `root`.
 */
export function writeTree(root: string, tree: Readonly<Record<string, TreeEntry>>): string {
  mkdirSync(root, { recursive: true });
  for (const [path, entry] of Object.entries(tree)) {
    const full = join(root, path);
    mkdirSync(entry === null ? full : dirname(full), { recursive: true });
    if (entry === null) continue;
    if (typeof entry === 'string' || entry instanceof Uint8Array) {
      writeFileSync(full, entry);
    } else if ('symlink' in entry) {
      symlinkSync(entry.symlink, full);
    } else {
      writeFileSync(full, entry.data);
      chmodSync(full, entry.mode);
    }
  }
  return root;
}

/**
 * Relative paths of all files and links below `root` with `/`, sorted by code point.
 * Directories are listed too, with a trailing `/`, when `dirs` is set.
 * A root that does not exist has none.
 */
export function find(root: string, options: { dirs?: boolean } = {}): string[] {
  return walk(root)
    .filter((entry) => options.dirs === true || !entry.dir)
    .map((entry) => (entry.dir ? `${entry.path}/` : entry.path))
    .sort();
}

/**
 * The permissions of everything below `root`, as `ls -l` prints them:
 * `-r--r--r-- __schema__`, `drwxr-xr-x output`. Sorted by path.
 */
export function lsPermissions(root: string): string[] {
  return walk(root)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path }) => `${permissions(join(root, path))} ${path}`);
}

/** `-rw-r--r--` for one path; links are not followed. */
export function permissions(path: string): string {
  const stat = lstatSync(path);
  const kind = stat.isDirectory() ? 'd' : stat.isSymbolicLink() ? 'l' : '-';
  const bits = Array.from('rwxrwxrwx', (letter, i) => ((stat.mode >> (8 - i)) & 1 ? letter : '-'));
  return kind + bits.join('');
}

function walk(root: string, prefix = ''): { path: string; dir: boolean }[] {
  let entries;
  try {
    entries = readdirSync(join(root, prefix), { withFileTypes: true });
  } catch (error) {
    if (prefix === '' && error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const own = { path, dir: entry.isDirectory() };
    return own.dir ? [own, ...walk(root, path)] : [own];
  });
}
