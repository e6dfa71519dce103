/**
 * A Python with the real Optuna from PyPI, in an environment of its own in the user's cache.
 * Run directly it installs it and prints its path.
 */
import { ensureVenv, venvProgram } from './lib/python-venv.mts';
import { runChecked } from './lib/run.mts';
import { say } from './lib/say.mts';

const optunaVersion = '5.0.0';

/**
 * Resolves to the absolute path of a `python` that has Optuna, installing it the first time.
 * Rejects when there is no Python 3 with `venv`, or with pip's own words.
 */
export async function ensureOptuna(): Promise<string> {
  const venv = await ensureVenv({
    name: `optuna-${optunaVersion}`,
    what: `Optuna ${optunaVersion} from PyPI`,
    requirements: [`optuna==${optunaVersion}`],
    finish: async (dir) => await runChecked(venvProgram(dir, 'python'), ['-c', 'import optuna']),
  });
  return venvProgram(venv, 'python');
}

if (import.meta.main) say(await ensureOptuna());
