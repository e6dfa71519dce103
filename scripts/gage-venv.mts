/**
 * The real `gage` command from PyPI, in a Python environment of its own in the user's cache.
 * Run directly it installs it and prints its path.
 */
import { ensureVenv, venvProgram } from './lib/python-venv.mts';
import { runChecked } from './lib/run.mts';
import { say } from './lib/say.mts';

const gageVersion = '0.1.2';

/**
 * Resolves to the absolute path of `gage`, installing it the first time.
 * Rejects when there is no Python 3 with `venv`, or with pip's own words.
 */
export async function ensureGage(): Promise<string> {
  const venv = await ensureVenv({
    name: `gage-${gageVersion}-typer-0.12`,
    what: `gage ${gageVersion} from PyPI`,
    // Of the time of that release: with today's Typer, `gage list` ends in a traceback.
    requirements: [`gage==${gageVersion}`, 'typer==0.12.3', 'click==8.1.7'],
    finish: async (dir) => await runChecked(venvProgram(dir, 'gage'), ['--runs', dir, 'list']),
  });
  return venvProgram(venv, 'gage');
}

if (import.meta.main) say(await ensureGage());
