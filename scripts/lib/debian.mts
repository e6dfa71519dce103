import { existsSync } from 'node:fs';
import { capture, lookUpLimitMs, runChecked } from './run.mts';
import { say } from './say.mts';

/**
 * Makes sure that Debian packages are installed: with apt-get when we are root. Otherwise
 * rejects with an error that names exactly the missing ones. Does nothing on a system without dpkg.
 * `why` completes the sentence "... needs these Debian packages".
 */
export async function ensureDebianPackages(
  packages: readonly string[],
  why: string,
): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${why} needs these Debian packages, which are not installed: ${list}\n` +
        `Install them with: sudo apt-get update && sudo apt-get install -y ${list}`,
    );
  }
  say(`Installing Debian packages: ${list}`);
  await apt(['update', '-q']);
  await apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  const still = await missingPackages(packages);
  if (still.length > 0) throw new Error(`apt-get did not install: ${still.join(' ')}`);
}

async function missingPackages(packages: readonly string[]): Promise<string[]> {
  if (!existsSync('/usr/bin/dpkg-query')) return [];
  // It exits with 1 when it does not know one of them.
  const { stdout } = await capture(
    'dpkg-query',
    ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages],
    { limitMs: lookUpLimitMs },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function apt(args: readonly string[]): Promise<void> {
  await runChecked('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
