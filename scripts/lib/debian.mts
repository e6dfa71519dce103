import { existsSync } from 'node:fs';
import { execaSync } from 'execa';
import { lastLines } from './run.mts';
import { say } from './say.mts';

/**
 * Makes sure that Debian packages are installed: with apt-get when we are root. Otherwise
 * throws an error that names exactly the missing ones. Does nothing on a system without dpkg.
 * `why` completes the sentence "... needs these Debian packages".
 */
export function ensureDebianPackages(packages: readonly string[], why: string): void {
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${why} needs these Debian packages, which are not installed: ${list}\n` +
        `Install them with: sudo apt-get update && sudo apt-get install -y ${list}`,
    );
  }
  say(`Installing Debian packages: ${list}`);
  apt(['update', '-q']);
  apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  const still = missingPackages(packages);
  if (still.length > 0) throw new Error(`apt-get did not install: ${still.join(' ')}`);
}

function missingPackages(packages: readonly string[]): string[] {
  if (!existsSync('/usr/bin/dpkg-query')) return [];
  // It exits with 1 when it does not know one of them.
  const { stdout } = execaSync(
    'dpkg-query',
    ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages],
    { reject: false },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

function apt(args: readonly string[]): void {
  const result = execaSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  if (result.failed) {
    throw new Error(
      `apt-get ${args.join(' ')} failed:\n${lastLines(result.all || (result.shortMessage ?? ''), 15)}`,
    );
  }
}
