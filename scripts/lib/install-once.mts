import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatElapsed, say } from './say.mts';

/** The file that says that an installation is complete. */
const marker = '.runyard-complete';

export interface InstallOptions {
  /** The finished directory, absolute; its last part holds the version. */
  readonly dir: string;
  /** What is installed, for the person: `VS Code (code-server 4.139.1)`. */
  readonly what: string;
  /**
   * Fills the directory it is given. That is `dir` itself when `inPlace` (for things that
   * cannot be moved, such as a Python environment), else a directory beside it.
   */
  readonly install: (dir: string) => Promise<void>;
  readonly inPlace?: boolean;
}

/**
 * Installs something once for all clones of this machine. An interrupted installation is never
 * taken for a finished one, and two processes do not install at the same time.
 * Resolves to `dir`. Rejects when `install` does, leaving nothing that counts as installed.
 */
export async function installOnce(options: InstallOptions): Promise<string> {
  const { dir, what } = options;
  if (existsSync(join(dir, marker))) return dir;
  mkdirSync(dirname(dir), { recursive: true });
  const release = await lock(`${dir}.lock`, what);
  try {
    if (existsSync(join(dir, marker))) return dir;
    removeLeftovers(dir);
    const target = options.inPlace === true ? dir : `${dir}.partial-${String(process.pid)}`;
    mkdirSync(target);
    const start = Date.now();
    say(`Installing ${what} into ${dir}`);
    const ticker = setInterval(
      () => say(`  still installing ${what} (${formatElapsed(Date.now() - start)})`),
      30_000,
    );
    try {
      await options.install(target);
    } catch (error) {
      rmSync(target, { recursive: true, force: true });
      throw error;
    } finally {
      clearInterval(ticker);
    }
    writeFileSync(join(target, marker), `${new Date().toISOString()}\n`);
    if (target !== dir) renameSync(target, dir);
    say(`Installed ${what} in ${formatElapsed(Date.now() - start)}`);
    return dir;
  } finally {
    release();
  }
}

/** Removes what interrupted installations of `dir` have left. Needs the lock. */
function removeLeftovers(dir: string): void {
  const name = basename(dir);
  for (const entry of readdirSync(dirname(dir))) {
    if (entry === name || entry.startsWith(`${name}.partial-`)) {
      rmSync(join(dirname(dir), entry), { recursive: true, force: true });
    }
  }
}

/**
 * Takes the lock file `path`, waiting for a living owner. Returns what gives it back.
 * The file holds the owner's pid and appears complete (written aside, then linked).
 */
async function lock(path: string, what: string): Promise<() => void> {
  const own = `${path}.${String(process.pid)}`;
  let told = false;
  for (;;) {
    writeFileSync(own, String(process.pid));
    try {
      linkSync(own, path);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      rmSync(own, { force: true });
    }
    const owner = ownerOf(path);
    if (owner !== undefined && !isAlive(owner)) {
      takeAway(path, owner);
      continue;
    }
    if (!told) {
      say(`Waiting: process ${String(owner ?? '?')} is installing ${what} (${path})`);
      told = true;
    }
    await sleep(500);
  }
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the lock of a dead owner, and puts it back when it has changed hands meanwhile. */
function takeAway(path: string, deadOwner: number): void {
  const aside = `${path}.stale-${String(process.pid)}`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== deadOwner) linkSync(aside, path);
  } catch {
    // Somebody else was faster: look again.
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
