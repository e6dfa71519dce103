import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WAIT_MS } from '../temp.ts';

/** A run as `test/fixtures/guild/home.expected.json` describes it: read by Guild itself. */
export interface ExpectedGuildRun {
  readonly id: string;
  readonly status: string;
  readonly opref: string;
  readonly flags: string;
  readonly label: string | null;
  readonly tags: string | null;
  readonly marked: string | null;
  readonly batch: boolean;
  readonly trials: readonly string[];
}

const root = join(import.meta.dirname, '..', '..', 'fixtures', 'guild');

/** Unpacks the home that a real Guild made below `dir`. @returns its path. */
export function unpackGuildHome(dir: string): string {
  return unpackGuildFixture('home.tar.gz', dir, 'guild-home');
}

/** Unpacks an archive of the fixtures below `dir`. @returns the path of `name` in there. */
export function unpackGuildFixture(archive: string, dir: string, name: string): string {
  // From its input: some tars take the drive in a path for another machine.
  execFileSync('tar', ['-xzpf', '-'], {
    cwd: dir,
    input: readFileSync(join(root, archive)),
    timeout: WAIT_MS,
  });
  return join(dir, name);
}

/** What must be read back from the home. */
export function expectedGuildRuns(): readonly ExpectedGuildRun[] {
  const text = readFileSync(join(root, 'home.expected.json'), 'utf8');
  return JSON.parse(text) as ExpectedGuildRun[];
}

/** Everything below a directory, with times, permissions and content: the same when untouched. */
export function snapshot(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const full = join(dir, path);
      const stat = lstatSync(full, { bigint: true });
      const content = stat.isSymbolicLink()
        ? readlinkSync(full)
        : stat.isFile()
          ? createHash('sha256').update(readFileSync(full)).digest('hex')
          : '';
      return `${path} ${String(stat.mode)} ${String(stat.mtimeNs)} ${String(stat.ctimeNs)} ${content}`;
    });
}
