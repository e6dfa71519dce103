import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import {
  ask,
  identityOf,
  livenessOf,
  pidExists,
  thisHost,
  type ProcessIdentity,
} from './identity.ts';
import { LSOF, linuxOpen, ownPath, spoolDirOf, type RunPlace } from './processes.ts';

/** `unknown`: it lives, and from here nobody can tell whose it is. */
export type Belongs = 'yes' | 'no' | 'unknown';

/** Environments are read up to here. Bytes. */
const ENVIRONMENT_BYTES = 128 * 1024;

/**
 * Whether a live process is verifiably that of a run. The files of a run may come from anybody,
 * and a pid in them may be anybody's: no process gets a signal, and none is looked after, unless
 * the answer is `yes`.
 * @param who as `process.json` notes it: same host, boot and start time, and it has the run in
 *   its environment (gage-format.md 2.13), works in the run directory, or prints into the run's
 *   spools. A pid alone, as in `proc/lock`: only the environment tells, since anybody may stand in
 *   a run directory.
 */
export function belongsTo(run: RunPlace, who: ProcessIdentity | number): Belongs {
  const [pid, noted] = typeof who === 'number' ? [who, null] : [who.pid, who];
  if (noted !== null && noted.host !== thisHost()) return 'unknown';
  if (pid <= 1 || !pidExists(pid)) return 'no';
  if (noted !== null) {
    if (livenessOf(noted) !== 'alive') return 'no';
    if (!isSame(noted)) return 'unknown';
  }
  const environment = environmentOf(pid);
  if (environment !== null && namesRun(environment, run)) return 'yes';
  const open = openOf(pid);
  if (open !== null && isAt(run, open)) return noted === null ? 'unknown' : 'yes';
  return environment === null || open === null ? 'unknown' : 'no';
}

/** Known by everything that there is to know: where the platform tells less, nobody is. */
function isSame({ pid, start, bootId }: ProcessIdentity): boolean {
  if (start === null || bootId === null) return false;
  const now = identityOf(pid);
  return now.start === start && now.bootId === bootId;
}

function namesRun(environment: readonly string[], { id, runDir }: RunPlace): boolean {
  const own = ownPath(runDir);
  const values = (name: string): readonly string[] =>
    environment
      .filter((one) => one.startsWith(`${name}=`))
      .map((one) => one.slice(name.length + 1));
  return [
    ['RUN_ID', 'RUN_DIR'],
    ['run_id', 'run_dir'],
  ].some(
    ([nameOfId = '', nameOfDir = '']) =>
      values(nameOfId).includes(id) && values(nameOfDir).some((dir) => ownPath(dir) === own),
  );
}

/** Where a process works and prints to. */
interface OpenFiles {
  readonly cwd: string | null;
  readonly outputs: readonly string[];
}

function isAt(run: RunPlace, { cwd, outputs }: OpenFiles): boolean {
  const own = ownPath(run.runDir);
  if (cwd !== null && (cwd === own || cwd.startsWith(own + sep))) return true;
  const spools = spoolDirOf(run);
  return outputs.some((path) => dirname(path) === spools);
}

/** `NAME=value`; null when there is nothing to be read, or not to its end. */
function environmentOf(pid: number): readonly string[] | null {
  if (process.platform === 'linux') return linuxEnvironment(pid);
  if (process.platform !== 'darwin') return null;
  const text = ask('/bin/ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)]);
  // The arguments come first. Programs of the system do not show their environment.
  const words = text?.split(/ (?=[A-Za-z_][A-Za-z0-9_]*=)/) ?? [];
  return words.some((word) => word.startsWith('PATH=')) ? words : null;
}

function linuxEnvironment(pid: number): readonly string[] | null {
  const buffer = Buffer.alloc(ENVIRONMENT_BYTES);
  let length = 0;
  try {
    const fd = openSync(`/proc/${String(pid)}/environ`, 'r');
    try {
      for (let n = 1; n > 0 && length < buffer.length; length += n) {
        n = readSync(fd, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
  // Who has none hides it, or is no program at all.
  return length === 0 || length === buffer.length
    ? null
    : buffer.toString('utf8', 0, length).split('\0');
}

/** Null when nobody may look. */
function openOf(pid: number): OpenFiles | null {
  if (process.platform === 'linux') {
    const cwd = linuxOpen(pid, 'cwd');
    if (cwd === null) return null;
    const outputs = ['fd/1', 'fd/2'].map((name) => linuxOpen(pid, name));
    return { cwd, outputs: outputs.filter((path) => path !== null) };
  }
  if (process.platform !== 'darwin') return null;
  const text = ask(LSOF, ['-a', '-p', String(pid), '-d', 'cwd,1,2', '-F', 'fn']);
  if (text === null) return null;
  const files = [...text.matchAll(/^f(.*)\nn(.*)$/gm)].map(([, fd, path = '']) => ({ fd, path }));
  return {
    cwd: files.find(({ fd }) => fd === 'cwd')?.path ?? null,
    outputs: files.filter(({ fd }) => fd !== 'cwd').map(({ path }) => path),
  };
}
