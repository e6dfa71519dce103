/**
 * The real `gage` command from PyPI, in a Python environment of its own in the user's cache.
 * Run directly it installs it and prints its path.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDebianPackages } from './lib/debian.mts';
import { installOnce } from './lib/install-once.mts';
import { cacheDir } from './lib/paths.mts';
import { say } from './lib/say.mts';

const gageVersion = '0.1.2';
/** Of the time of that release: with today's Typer, `gage list` ends in a traceback. */
const requirements = [`gage==${gageVersion}`, 'typer==0.12.3', 'click==8.1.7'];

/**
 * Resolves to the absolute path of `gage`, installing it the first time (half a minute).
 * Rejects when there is no Python 3 with `venv`, or with pip's own words.
 */
export async function ensureGage(): Promise<string> {
  const dir = join(
    cacheDir(),
    `gage-${gageVersion}-typer-0.12-${process.platform}-${process.arch}`,
  );
  await installOnce({
    dir,
    what: `gage ${gageVersion} from PyPI`,
    inPlace: true,
    install: (target) => {
      createEnvironment(target);
      const python = binary(target, 'python');
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-q'];
      run(python, [...pip, ...requirements]);
      run(binary(target, 'gage'), ['--runs', target, 'list']);
      return Promise.resolve();
    },
  });
  return binary(dir, 'gage');
}

function binary(environment: string, name: string): string {
  return process.platform === 'win32'
    ? join(environment, 'Scripts', `${name}.exe`)
    : join(environment, 'bin', name);
}

function createEnvironment(dir: string): void {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const probe = spawnSync(python, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
  if (probe.status !== 0) ensureDebianPackages(['python3', 'python3-venv'], 'Running gage');
  run(python, ['-m', 'venv', dir]);
}

function run(command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const tail = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${command} ${args.join(' ')} failed:\n${tail}`);
  }
}

if (import.meta.main) say(await ensureGage());
