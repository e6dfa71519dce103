/**
 * The real `gage` command from PyPI, in a Python environment of its own in the user's cache.
 * Run directly it installs it and prints its path.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureDebianPackages } from './lib/debian.mts';
import { installOnce } from './lib/install-once.mts';
import { cacheDir } from './lib/paths.mts';
import { lastLines } from './lib/run.mts';
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
    install: async (target) => {
      await createEnvironment(target);
      const python = binary(target, 'python');
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-q'];
      await run(python, [...pip, ...requirements]);
      await run(binary(target, 'gage'), ['--runs', target, 'list']);
    },
  });
  return binary(dir, 'gage');
}

function binary(environment: string, name: string): string {
  return process.platform === 'win32'
    ? join(environment, 'Scripts', `${name}.exe`)
    : join(environment, 'bin', name);
}

async function createEnvironment(dir: string): Promise<void> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const probe = await execa(python, ['-c', 'import venv, ensurepip'], {
    stdin: 'ignore',
    reject: false,
  });
  if (probe.failed) ensureDebianPackages(['python3', 'python3-venv'], 'Running gage');
  await run(python, ['-m', 'venv', dir]);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const result = await execa(command, args, { stdin: 'ignore', all: true, reject: false });
  if (result.exitCode === 0) return;
  throw new Error(
    `${command} ${args.join(' ')} failed:\n${lastLines(result.all || (result.shortMessage ?? ''), 15)}`,
  );
}

if (import.meta.main) say(await ensureGage());
