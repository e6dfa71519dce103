/**
 * Builds for production, packs the VSIX and checks it against its limits.
 * Run directly it packs; the tests and `npm start` call {@link packageExtension}.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { open } from 'yauzl';
import { repoRoot } from './lib/paths.mts';
import { formatBytes, say } from './lib/say.mts';

const maxVsixBytes = 2_000_000;
const maxSupervisorBytes = 330_000;

/** What the VSIX must hold, with the names (in small letters) that vsce gives them. */
const required = [
  'package.json',
  'license.txt',
  'readme.md',
  'changelog.md',
  'dist/extension.cjs',
  'dist/supervisor.cjs',
  'dist/supervisor-config.cjs',
  'dist/cli.js',
  'dist/trials.js',
  'media/trials.css',
  'dist/optuna_adapter.py',
  'media/icon.png',
  'schema/gagefile.schema.json',
  'docs/opdef.md',
  'docs/where.md',
] as const;

/**
 * Packs `runyard-<version>.vsix` at the repository's root and resolves to its absolute path.
 * Rejects when it breaks a limit: size, the supervisor's size, native modules, missing files.
 */
export async function packageExtension(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const vsix = join(repoRoot, `runyard-${version}.vsix`);
  say('Packaging');
  // Runs the script vscode:prepublish, which builds.
  await createVSIX({
    cwd: repoRoot,
    packagePath: vsix,
    dependencies: false,
  });
  await check(vsix);
  return vsix;
}

async function check(vsix: string): Promise<void> {
  const files = (await namesIn(vsix))
    .filter((name) => name.startsWith('extension/'))
    .map((name) => name.slice('extension/'.length).toLowerCase());
  const problems = [
    ...required.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...files
      .filter((path) => path.endsWith('.node') || path.endsWith('.map'))
      .map((path) => `${path} must not be in it`),
  ];
  const size = statSync(vsix).size;
  if (size >= maxVsixBytes) {
    problems.push(`it has ${formatBytes(size)}, the limit is ${formatBytes(maxVsixBytes)}`);
  }
  const supervisor = statSync(join(repoRoot, 'dist/supervisor.cjs')).size;
  if (supervisor >= maxSupervisorBytes) {
    problems.push(
      `the supervisor has ${formatBytes(supervisor)}, the limit is ${formatBytes(maxSupervisorBytes)}`,
    );
  }
  if (problems.length > 0) throw new Error(`${vsix} is not good:\n  ${problems.join('\n  ')}`);
  say(`${vsix}: ${formatBytes(size)}, ${String(files.length)} files`);
}

/** The names of all entries of a zip file. */
async function namesIn(zip: string): Promise<string[]> {
  return await new Promise<string[]>((resolve, reject) => {
    open(zip, (error, file) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const names: string[] = [];
      file.on('entry', (entry: { fileName: string }) => names.push(entry.fileName));
      file.on('end', () => resolve(names));
      file.on('error', reject);
    });
  });
}

if (import.meta.main) await packageExtension();
