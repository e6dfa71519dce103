import { chmodSync, lstatSync, lutimesSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { nextTimestampUs } from '../base/clock.ts';
import { RunyardError, hasErrno } from '../base/errors.ts';
import { makeOwnDir } from '../base/own-dir.ts';
import { ROW_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';
import { encodeLine, encodePretty, fromPlain, type Json, type JsonObject } from '../data/json.ts';
import { hasSecrets } from '../data/secrets.ts';
import { stampRun } from '../origin/run-origin.ts';
import { setUserAttributes } from './attributes.ts';
import { newRunId, runName } from './ids.ts';
import { isRunId, requireRunId } from './names.ts';
import { decodeOpRef, encodeOpRef } from './opref.ts';
import { makeMetaDir, requireMetaDir } from './own-dirs.ts';
import { writeProjectRef } from './project.ts';
import { appendRunnerLog } from './runner-log.ts';
import type { OpCmd, OpDef, OpRef, Run, RunConfig } from './types.ts';

/** Options of {@link makeRun}. */
export interface MakeRunOptions {
  /** Use this id instead of a random one. */
  readonly id?: string;
}

/**
 * Creates a run in a store: `<id>.meta/opref` and nothing else (gage-format.md 2.3 step 2, T4). The
 * run directory comes later, with the first copy or command. Its status is `unknown`.
 * @param runsDir the store; created when missing.
 * Throws `bad-opref`, `bad-request` for what is no id, before anything is created; `unsafe-path` when
 * a link lies in its place, and system errors.
 */
export function makeRun(opref: OpRef, runsDir: string, options: MakeRunOptions = {}): Run {
  const text = encodeOpRef(opref);
  const run = runAt(resolve(runsDir), options.id ?? newRunId(), opref);
  mkdirSync(run.runsDir, { recursive: true });
  makeOwnDir(run.runsDir, `${run.id}.meta`);
  writeMeta(run, 'opref', text);
  return run;
}

/** Everything {@link initRunMeta} writes that is not derived. */
export interface InitOptions {
  /** `sys/<name>.json` entries. */
  readonly sys?: Readonly<Record<string, Json>>;
  /** First user attributes, such as the label; without any no `.user` is made (gage-format.md 1.11). */
  readonly attributes?: JsonObject;
  /** The project, for `<id>.project`. */
  readonly projectDir?: string;
}

/**
 * Writes the meta files of a new run (gage-format.md 2.3 steps 4 and 5) and so makes it `pending`.
 * `opdef` and `config` are written verbatim, `cmd` after `$project_dir` was replaced.
 */
export function initRunMeta(
  run: Run,
  opdef: OpDef,
  config: RunConfig,
  cmd: OpCmd,
  options: InitOptions = {},
): void {
  writeMeta(run, '__schema__', '1');
  const write = (what: string, name: string, text: string, options?: WriteMetaOptions): void => {
    appendRunnerLog(run, `Writing meta ${what}`);
    writeMeta(run, name, text, options);
  };
  write('run id', 'id', run.id);
  write('opdef', 'opdef.json', encodePretty(opdef.table));
  write('config', 'config.json', encodePretty(config));
  write('proc cmd', 'proc/cmd.json', encodeLine(cmd.command));
  const env = encodePretty(fromPlain(cmd.env));
  write('proc env', 'proc/env.json', env, { ownerOnly: hasSecrets(cmd.env) });
  for (const [name, value] of Object.entries(options.sys ?? {})) {
    write(`system ${name}`, `sys/${name}.json`, encodePretty(value));
  }
  // Before it counts as a run: an interruption leaves nothing that would be asked about.
  stampRun(run);
  write('initialized', 'initialized', String(nextTimestampUs()));
  if (options.projectDir !== undefined) writeProjectRef(run.runsDir, run.id, options.projectDir);
  const { attributes = {} } = options;
  if (Object.keys(attributes).length > 0) setUserAttributes(run.runsDir, run.id, attributes);
  pokeRun(run);
}

/**
 * Opens an existing run by its id. A zip is preferred when both forms exist (gage-format.md 1.8).
 * Throws `no-run` when there is no meta, `not-a-run` when its opref is broken, `unreadable` when it
 * is no file or too large. For a zip
 * the opref is not read here: use `readRunInfo` of store.ts.
 */
export function openRun(runsDir: string, id: string): Run {
  const store = resolve(runsDir);
  const metaPath = join(store, `${id}.meta`);
  const text = isRunId(id) ? readSmallFile(join(metaPath, 'opref'), ROW_FILE_BYTES) : null;
  if (text === null) throw new RunyardError('no-run', `There is no run ${id} in ${store}`);
  try {
    return runAt(store, id, decodeOpRef(text));
  } catch (error) {
    throw new RunyardError('not-a-run', `${metaPath} is not a run: its opref is broken`, {
      cause: error,
    });
  }
}

/**
 * The run with these parts, in directory form. Nothing is read or written. Throws `bad-request` for
 * what is no id: it becomes a part of paths.
 */
export function runAt(runsDir: string, id: string, opref: OpRef): Run {
  return {
    id: requireRunId(id),
    name: runName(id),
    opref,
    runsDir,
    runDir: join(runsDir, id),
    metaPath: join(runsDir, `${id}.meta`),
    metaForm: 'dir',
  };
}

/** Absolute path below the meta directory of a run. */
export function runMetaPath(run: Pick<Run, 'metaPath'>, ...parts: readonly string[]): string {
  return join(run.metaPath, ...parts);
}

/** Path of our own files of a run: `<id>.meta/runyard/…` (design.md 4). */
export function runyardPath(run: Pick<Run, 'metaPath'>, ...parts: readonly string[]): string {
  return join(run.metaPath, 'runyard', ...parts);
}

/** Options of {@link writeMeta}. */
export interface WriteMetaOptions {
  /** Keep the write bits (files that are rewritten until the run is final). */
  readonly writable?: boolean;
  /** Nobody else may read it, whatever the umask says. */
  readonly ownerOnly?: boolean;
}

/**
 * Writes one meta file atomically, read-only unless asked otherwise; makes its directory. Throws
 * `unsafe-path` when a directory on the way to it is a link, and system errors.
 */
export function writeMeta(
  run: Run,
  name: string,
  text: string,
  options: WriteMetaOptions = {},
): void {
  const dirs = name.split('/').slice(0, -1);
  requireMetaDir(run, ...dirs);
  const path = runMetaPath(run, name);
  const readers = options.ownerOnly === true ? 0o700 : 0o777;
  const mode = (options.writable === true ? 0o666 : 0o444) & readers;
  try {
    writeFileAtomic(path, text, { mode });
  } catch (error) {
    // Only a folder inside the meta directory: a deleted run must not be made anew by a late write.
    if (!hasErrno(error, 'ENOENT') || dirs.length === 0) throw error;
    makeMetaDir(run, ...dirs);
    writeFileAtomic(path, text, { mode });
  }
}

/**
 * Clears the write bits of a file and keeps the others, so that a script stays executable. What is no
 * regular file, such as a link, is left as it is. Throws system errors.
 */
export function makeReadOnly(path: string): void {
  const stats = lstatSync(path);
  const mode = stats.mode & 0o7777;
  if (stats.isFile() && (mode & 0o222) !== 0) chmodSync(path, mode & ~0o222);
}

/**
 * Tells every watcher of the store that this run changed: a new modification time of its meta,
 * which one flat watch on the store reports with the run's name, and which makes cached rows
 * of the run stale. Never throws: the files are the truth, this is only a hint.
 */
export function pokeRun(run: Pick<Run, 'metaPath'>): void {
  const now = new Date();
  try {
    lutimesSync(run.metaPath, now, now);
  } catch {
    // Another user's run, or one that was just deleted.
  }
}

/** Removes what {@link makeRun} created, when nothing came of it. */
export function discardRun(run: Run): void {
  for (const path of [run.metaPath, run.runDir]) rmSync(path, { recursive: true, force: true });
  for (const suffix of ['.project', '.user']) {
    rmSync(join(run.runsDir, `${run.id}${suffix}`), { recursive: true, force: true });
  }
}
