/**
 * Prints the notes of a release: the section of CHANGELOG.md. Fails unless the tag is that of
 * package.json's version and the section is there.
 *
 *   node scripts/release-notes.mts v1.2.0
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseNotes } from './lib/changelog.mts';
import { repoRoot } from './lib/paths.mts';

const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
  version: string;
};
const changelog = readFileSync(join(repoRoot, 'CHANGELOG.md'), 'utf8');
try {
  process.stdout.write(releaseNotes(process.argv[2] ?? '', version, changelog));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
