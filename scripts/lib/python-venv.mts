/** Python environments with programs from PyPI, in the user's cache: what tests compare us with. */
import { join } from 'node:path';
import { ensureDebianPackages } from './debian.mts';
import { installOnce } from './install-once.mts';
import { cacheDir } from './paths.mts';
import { capture, lookUpLimitMs, runChecked } from './run.mts';

/** What an environment holds. */
export interface VenvSpec {
  /** Name of its directory; names what is in it, so that a change of it makes a new one. */
  readonly name: string;
  /** For messages: `gage 0.1.2 from PyPI`. */
  readonly what: string;
  /** As for `pip install`. */
  readonly requirements: readonly string[];
  /** Called once with the new environment; rejects when it does not work. */
  readonly finish: (venv: string) => Promise<void>;
}

/**
 * Resolves to the directory of an environment, which is made the first time (half a minute).
 * Rejects when there is no Python 3 with `venv`, or with pip's own words.
 */
export async function ensureVenv({ name, what, requirements, finish }: VenvSpec): Promise<string> {
  const dir = join(cacheDir(), `${name}-${process.platform}-${process.arch}`);
  await installOnce({
    dir,
    what,
    inPlace: true,
    install: async (target) => {
      await createEnvironment(target);
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-q'];
      await runChecked(venvProgram(target, 'python'), [...pip, ...requirements]);
      await finish(target);
    },
  });
  return dir;
}

/** Path of a program of an environment. */
export function venvProgram(venv: string, name: string): string {
  return process.platform === 'win32'
    ? join(venv, 'Scripts', `${name}.exe`)
    : join(venv, 'bin', name);
}

async function createEnvironment(dir: string): Promise<void> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const probe = ['-c', 'import venv, ensurepip'];
  const { exitCode } = await capture(python, probe, { limitMs: lookUpLimitMs });
  if (exitCode !== 0) {
    await ensureDebianPackages(['python3', 'python3-venv'], 'Running Python programs');
  }
  await runChecked(python, ['-m', 'venv', dir]);
}
