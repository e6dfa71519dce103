import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { repoRoot } from '../../../scripts/lib/paths.mts';

/** Bundles of the supervisor and the command, one directory for each state of their sources. */
const CACHE = join(repoRoot, '.cache', 'test-supervisor');

/** What goes into a bundle. */
const SOURCES = ['src/**/*.ts', 'optimizers/*.py', 'scripts/build.mts', 'package-lock.json'];

/** A bundle that nobody asked for in so long is used by no test run any more. Milliseconds. */
const OLD_MS = 24 * 3600_000;

let script: Promise<string> | undefined;

/**
 * Path of the supervisor's script, bundled as users have it. All test processes share one
 * bundle, which is made by whoever needs it first; a change of the sources makes another one.
 */
export async function supervisorScript(): Promise<string> {
  return await (script ??= findOrBundle());
}

/** Path of the command, bundled as users have it, with that supervisor beside it. */
export async function commandScript(): Promise<string> {
  return join(dirname(await supervisorScript()), 'cli.js');
}

async function findOrBundle(): Promise<string> {
  const dir = join(CACHE, hashOfSources());
  if (!existsSync(dir)) await bundleInto(dir);
  const now = new Date();
  utimesSync(dir, now, now);
  return join(dir, 'supervisor.cjs');
}

/** Makes `dir` in one step: two processes may do so at once, and one of the two bundles stays. */
async function bundleInto(dir: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  removeOld();
  const made = mkdtempSync(join(CACHE, 'new-'));
  const { buildCommand, buildSupervisor } = await import('../../../scripts/build.mts');
  await Promise.all([buildSupervisor(made), buildCommand(made)]);
  try {
    renameSync(made, dir);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(dir)) throw error;
  }
}

function removeOld(): void {
  for (const name of globSync('*', { cwd: CACHE })) {
    const path = join(CACHE, name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (changed < Date.now() - OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: repoRoot }).sort()) {
    const content = readFileSync(join(repoRoot, path));
    hash.update(`${path}\0${String(content.length)}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}
