import { existsSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nextTimestampUs } from '../base/clock.ts';
import { RunyardError, describeError, hasErrno } from '../base/errors.ts';
import { makeOwnDir } from '../base/own-dir.ts';
import { Pace } from '../base/pace.ts';
import { readRegularText } from '../base/regular-file.ts';
import { compareCodePoints, isJsonObject, parseJson, type JsonObject } from '../data/json.ts';
import { DEPENDS_FILE, encodeDependsFile } from '../meta/depends-file.ts';
import { FilesLog, scanRunFiles, type FileType, type RunScan } from '../meta/file-log.ts';
import { writeManifest } from '../meta/manifest.ts';
import { requireMayExecute } from '../origin/run-origin.ts';
import { commandText, isEmptyCommand, phaseEnv, phaseCommand } from '../phase/command.ts';
import { runPhase } from '../phase/exec.ts';
import { noteProcess } from '../phase/supervision.ts';
import { pokeRun, runMetaPath, writeMeta } from '../run/run.ts';
import { appendRunnerLog } from '../run/runner-log.ts';
import type { ApplyConfig, Command, OpDef, Phase, Run } from '../run/types.ts';
import { FileCopier } from '../sourcecode/copy.ts';
import { sourcecodePatterns } from '../sourcecode/patterns.ts';
import { selectSourceFiles, selectionWarnings } from '../sourcecode/select.ts';
import { CopyDigests, type FindDepends, type FoundDepends } from './stage-depends.ts';

/** How far staging has come. `done` and `total` count files, or percent while a hook runs. */
export interface StageProgress {
  readonly phase: Phase | 'config' | 'manifest';
  readonly done: number;
  readonly total: number;
}

/** Options of {@link stageRun}. */
export interface StageOptions {
  /** Staging stops soon after it is aborted and rejects with its reason; the run stays pending. */
  readonly signal?: AbortSignal;
  /** Writes config values into the copied files. */
  readonly applyConfig?: ApplyConfig;
  /** Finds the dependencies of the operation; without it they are ignored, as in Gage. */
  readonly findDepends?: FindDepends;
  /** Called at most ten times a second, and at the end of each step. */
  readonly onProgress?: (progress: StageProgress) => void;
  /** Environment that the hooks start from (default `process.env`). */
  readonly env?: NodeJS.ProcessEnv;
  /** Patterns of files that are never copied, whatever the operation says. */
  readonly exclude?: readonly string[];
  /** A read-only copy of the selected source code: all of it is taken, and nothing of the project. */
  readonly sourceDir?: string;
  /** The run was made just now, or a person wants it executed: see `mayExecute`. */
  readonly allowed?: boolean;
}

/** A hook of a staging phase that ended with an exit code other than 0. */
export class HookError extends RunyardError {
  readonly phase: Phase;
  readonly exitCode: number;

  constructor(phase: Phase, exitCode: number) {
    super('staging-failed', `The ${phase} command failed with exit code ${String(exitCode)}`, {
      hint: 'Its output tells why. Correct the command in the Gage file and stage again.',
    });
    this.name = 'HookError';
    this.phase = phase;
    this.exitCode = exitCode;
  }
}

/**
 * Stages a run that was initialized (gage-format.md 2.3 steps 6 to 10): finds its dependencies, copies
 * source code, applies config, puts the dependencies in place, runs the hooks of the phases,
 * makes the files read-only, and writes the manifest.
 * `staged` is written last, so a run is staged completely or still pending. A second call
 * after an interruption starts over. The caller holds the claim of the run.
 *
 * @param projectDir the project; a relative path counts from the current directory.
 * Throws `unmet-dependency` before anything is copied, `staging-failed` (a {@link HookError} for
 * a hook), `bad-config`, `bad-gage-file`, `bad-pattern`, `unreadable`, `wrong-status` for a run that is staged
 * already, `foreign` for one that came from somebody else and that nobody has allowed; the signal's
 * reason on abort.
 */
export async function stageRun(
  run: Run,
  projectDir: string,
  options: StageOptions = {},
): Promise<void> {
  if (run.metaForm !== 'dir' || existsSync(runMetaPath(run, 'staged'))) {
    throw new RunyardError('wrong-status', `Run ${run.name} is staged already`);
  }
  requireMayExecute(run, options.allowed);
  await new Staging(run, resolve(projectDir), options).run();
}

const STAGE_HOOKS = ['stage-sourcecode', 'stage-runtime', 'stage-dependencies'] as const;
type StagePhase = (typeof STAGE_HOOKS)[number];

/** Progress is passed on at most this often. Milliseconds. */
const PROGRESS_MS = 100;

class Staging {
  readonly #run: Run;
  readonly #projectDir: string;
  readonly #options: StageOptions;
  readonly #pace: Pace;
  readonly #opdef: OpDef;
  readonly #config: JsonObject;
  readonly #patterns: readonly string[];
  readonly #hooks: ReadonlyMap<Phase, Command>;
  readonly #digests = new CopyDigests();
  /** Files that values of this run were written into. */
  readonly #patched = new Set<string>();
  #scan: RunScan | null = null;
  readonly #warned = new Set<string>();
  #lastProgress = 0;

  constructor(run: Run, projectDir: string, options: StageOptions) {
    this.#run = run;
    this.#projectDir = projectDir;
    this.#options = options;
    this.#pace = new Pace(options.signal);
    // Everything that can be wrong with the operation shows before the first file is copied.
    this.#opdef = { name: run.opref.name, table: readObject(run, 'opdef.json') };
    this.#config = readObject(run, 'config.json');
    this.#patterns = sourcecodePatterns(this.#opdef.table);
    this.#hooks = new Map(
      STAGE_HOOKS.map((phase) => [phase, phaseCommand(this.#opdef.table, phase)] as const).filter(
        (entry): entry is readonly [StagePhase, Command] => !isEmptyCommand(entry[1]),
      ),
    );
  }

  async run(): Promise<void> {
    await this.#clearEarlierAttempt();
    const depends = await this.#findDepends();
    const log = FilesLog.open(this.#run);
    await this.#copySourcecode();
    await this.#hook('stage-sourcecode');
    this.#applyConfig();
    await this.#logFiles(log, 's');
    await this.#hook('stage-runtime');
    await this.#logFiles(log, 'r');
    if (depends !== null) await this.#placeDepends(depends, log);
    await this.#hook('stage-dependencies');
    await this.#logFiles(log, 'd');
    await this.#finish(log);
  }

  /** What an interrupted or failed staging left behind must not count as staged by this one. */
  async #clearEarlierAttempt(): Promise<void> {
    await rm(this.#run.runDir, { recursive: true, force: true });
    for (const name of ['log/files', 'log/patched', 'manifest', DEPENDS_FILE]) {
      rmSync(runMetaPath(this.#run, name), { force: true });
    }
  }

  /** What is missing shows before the first file is copied and the first hook runs. */
  async #findDepends(): Promise<FoundDepends | null> {
    const { findDepends, signal, exclude } = this.#options;
    const { depends = null } = this.#opdef.table;
    if (findDepends === undefined || depends === null) return null;
    this.#log(`Resolving dependencies (see ${DEPENDS_FILE})`);
    return await findDepends(this.#run, this.#projectDir, this.#opdef, {
      ...(signal && { signal }),
      ...(exclude && { exclude }),
    });
  }

  async #placeDepends(depends: FoundDepends, log: FilesLog): Promise<void> {
    noteProcess(this.#run, { phase: 'stage-dependencies' });
    pokeRun(this.#run);
    this.#digests.begin();
    const staged = await depends.place({
      pace: this.#pace,
      readOnly: !this.#hooks.has('stage-dependencies'),
      warn: (message) => this.#warn(message),
      replaced: (path) => {
        if (this.#patched.has(path)) throw replacesConfig(path);
        this.#log(`File "${path}" is replaced by a dependency`);
        log.remove('d', [path]);
      },
      placed: (path, sha256) => this.#digests.set(path, sha256),
      onFile: (done, total) => this.#progress('stage-dependencies', done, total),
    });
    if (staged.length > 0) writeMeta(this.#run, DEPENDS_FILE, encodeDependsFile(staged));
    noteProcess(this.#run, { phase: null });
    this.#scan = null;
  }

  async #copySourcecode(): Promise<void> {
    this.#digests.begin();
    const { signal, exclude, sourceDir } = this.#options;
    const from = sourceDir ?? this.#projectDir;
    const selection = await selectSourceFiles(from, sourceDir ? ['**/*'] : this.#patterns, {
      ...(signal && { signal }),
      ...(exclude && { exclude }),
      // A copy of the store in each of its runs would double it every time.
      skipDirs: [this.#run.runsDir],
    });
    this.#log(`Copying source code (see log/files): ${commandText(selection.patterns)}`);
    for (const warning of selectionWarnings(selection)) this.#warn(warning);
    const { files } = selection;
    const readOnly = this.#hooks.size === 0 && !this.#hasConfig;
    const copier = new FileCopier(from, this.#run.runDir, { readOnly });
    for (const [i, file] of files.entries()) {
      if (this.#pace.due()) await this.#pace.rest();
      // Hooks may write to what they are given, also when it comes from a read-only copy.
      const mode = sourceDir ? file.mode | 0o200 : file.mode;
      const digest = await copier.copy({ ...file, mode }, this.#pace);
      if (digest === null) this.#warn(`File "${file.path}" vanished before it was copied`);
      else this.#digests.set(file.path, digest);
      this.#progress('stage-sourcecode', i + 1, files.length);
    }
  }

  async #hook(phase: StagePhase): Promise<void> {
    const command = this.#hooks.get(phase);
    if (command === undefined) return;
    this.#beforeTouch();
    makeOwnDir(this.#run.runsDir, this.#run.id);
    const { signal, env: base } = this.#options;
    const exitCode = await runPhase(this.#run, phase, command, {
      env: phaseEnv(this.#run, phase, { ...(base && { base }), projectDir: this.#projectDir }),
      ...(signal && { signal }),
      onProgress: ({ percent }) => {
        this.#progress(phase, percent, 100);
      },
    });
    signal?.throwIfAborted();
    if (exitCode !== 0) throw new HookError(phase, exitCode);
    this.#scan = null;
  }

  get #hasConfig(): boolean {
    return this.#options.applyConfig !== undefined && Object.keys(this.#config).length > 0;
  }

  #applyConfig(): void {
    this.#log('Applying configuration (see log/patched)');
    const { applyConfig } = this.#options;
    // Without source code there may be no run directory yet, and nothing to apply to.
    if (applyConfig === undefined || !this.#hasConfig || !existsSync(this.#run.runDir)) return;
    this.#beforeTouch();
    const diffs = applyConfig(this.#run.runDir, this.#opdef, this.#config);
    for (const { path } of diffs) this.#patched.add(path);
    if (diffs.length > 0) {
      const sorted = [...diffs].sort((a, b) => compareCodePoints(a.path, b.path));
      writeMeta(this.#run, 'log/patched', sorted.map(({ diff }) => diff).join(''));
    }
    this.#scan = null;
    this.#progress('config', 1, 1);
  }

  /** Appends what changed. Between phases that run nothing, the last scan still holds. */
  async #logFiles(log: FilesLog, type: FileType): Promise<void> {
    const scan = (this.#scan ??= await scanRunFiles(this.#run.runDir, this.#pace));
    log.append(type, scan.files);
    for (const warning of scan.warnings) this.#warn(warning);
  }

  async #finish(log: FilesLog): Promise<void> {
    this.#log('Finalizing staged files (see manifest)');
    const files = this.#scan?.files ?? [];
    const { warnings } = await writeManifest(this.#run, log, files, {
      pace: this.#pace,
      known: this.#digests.holding(files),
      onFile: (done, total) => {
        this.#progress('manifest', done, total);
      },
    });
    for (const warning of warnings) this.#warn(warning);
    this.#log('Writing meta staged');
    writeMeta(this.#run, 'staged', String(nextTimestampUs()));
    pokeRun(this.#run);
  }

  /** Notes the time, by the file system's own clock, before others than we change the copies. */
  #beforeTouch(): void {
    if (!this.#digests.untouched) return;
    pokeRun(this.#run);
    this.#digests.touch(statSync(this.#run.metaPath, { bigint: true }).ctimeNs);
  }

  #log(message: string): void {
    appendRunnerLog(this.#run, message);
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#log(`Warning: ${message}`);
  }

  #progress(phase: StageProgress['phase'], done: number, total: number): void {
    const now = performance.now();
    if (done < total && now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    this.#options.onProgress?.({ phase, done, total });
  }
}

function replacesConfig(path: string): RunyardError {
  const message = `A dependency would replace "${path}", which has values set for this run`;
  return new RunyardError('bad-config', message, {
    hint: `Leave ${path} out of the dependency with a pattern in "files".`,
  });
}

function readObject(run: Run, name: string): JsonObject {
  try {
    const value = parseJson(readRegularText(runMetaPath(run, name)));
    if (isJsonObject(value)) return value;
    throw new RunyardError('unreadable', `${name} of run ${run.name} is not an object`);
  } catch (error) {
    if (error instanceof RunyardError && error.code === 'unreadable') throw error;
    const what = hasErrno(error, 'ENOENT') ? 'is missing' : `is broken: ${describeError(error)}`;
    throw new RunyardError('unreadable', `${name} of run ${run.name} ${what}`, { cause: error });
  }
}
