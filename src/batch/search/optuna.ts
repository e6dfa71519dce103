import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunyardError } from '../../core/base/errors.ts';
import { findProblem } from '../../core/phase/command.ts';

/** How long a Python may take to say whether it has Optuna. Milliseconds. */
const PROBE_MS = 30_000;
/** Finds the package without loading it. */
const PROBE =
  "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('optuna') else 3)";
const ADAPTER = 'optuna_adapter.py';

/**
 * The command that answers for Optuna: our adapter, run by the first Python of the user that
 * has Optuna. That is the active environment, the one in the project, then the `PATH`.
 * Throws `optimizer-failed` when none has it, with what to type; the signal's reason when it
 * aborts.
 * @param env the whole environment.
 */
export async function optunaCommand(
  projectDir: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pythons = candidates(projectDir, env).filter(
    (python) => findProblem(python, projectDir, env) === null,
  );
  for (const python of pythons) {
    if (await hasOptuna(python, projectDir, env, signal)) return [python, adapterPath()];
  }
  const [first] = pythons;
  if (first === undefined) {
    throw new RunyardError('optimizer-failed', 'Optuna needs Python, and there is none', {
      hint: 'Install Python 3, or put it on the PATH.',
    });
  }
  throw new RunyardError(
    'optimizer-failed',
    `${first} has no Optuna. To install it: ${first} -m pip install optuna`,
  );
}

function candidates(projectDir: string, env: Readonly<Record<string, string>>): readonly string[] {
  const windows = process.platform === 'win32';
  const inVenv = (dir: string): string =>
    windows ? join(dir, 'Scripts', 'python.exe') : join(dir, 'bin', 'python');
  const inConda = (dir: string): string => (windows ? join(dir, 'python.exe') : inVenv(dir));
  const { VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = env;
  const files = [
    ...(venv ? [inVenv(venv)] : []),
    ...(conda ? [inConda(conda)] : []),
    ...['.venv', 'venv'].map((name) => inVenv(join(projectDir, name))),
  ];
  return [
    ...files.filter((file) => existsSync(file)),
    ...(windows ? ['python', 'py'] : ['python3', 'python']),
  ];
}

function hasOptuna(
  python: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, signal, timeout: PROBE_MS, windowsHide: true };
    execFile(python, ['-c', PROBE], options, (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else resolve(error === null);
    });
  });
}

/** Our adapter: beside the bundle that runs, or in the source. */
function adapterPath(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, ADAPTER), join(here, '..', '..', '..', 'optimizers', ADAPTER)];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new RunyardError('optimizer-failed', `${ADAPTER} is missing beside ${here}`, {
    hint: 'Install Runyard again.',
  });
}
