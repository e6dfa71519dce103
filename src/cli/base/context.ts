import { resolve } from 'node:path';
import { RunyardError } from '../../core/base/errors.ts';
import type { Json } from '../../core/data/json.ts';
import { findArchive } from '../../core/run/archives.ts';
import { ACTIVE, TRASH } from '../../core/run/containers.ts';
import type { Container } from '../../core/run/types.ts';
import { openProject, type Project } from '../../opdef/project.ts';
import type { Args } from './args.ts';
import { encodeContract } from './contract.ts';
import { terminal } from './terminal.ts';
import type { Paint } from './text.ts';

/** What a command works with: its arguments, the project they mean, and the terminal. */
export class Context {
  readonly args: Args;
  readonly json: boolean;
  /** Colours for stdout; does nothing when stdout is not a terminal or NO_COLOR is set. */
  readonly paint: Paint = terminal.paint;
  readonly #env: NodeJS.ProcessEnv;
  #project: Promise<Project> | undefined;

  constructor(args: Args, env: NodeJS.ProcessEnv = process.env) {
    this.args = args;
    this.json = args.isSet('json');
    this.#env = env;
  }

  /** The project of `--project`, or of the current directory. A broken Gage file does not throw. */
  project(): Promise<Project> {
    this.#project ??= this.#openProject();
    return this.#project;
  }

  /** The store that the command works on, absolute. */
  async runsDir(): Promise<string> {
    return (await this.project()).runsDir;
  }

  /** The container that `--container` names, an archive by id or name. Throws `bad-request`. */
  async container(fallback: Container = ACTIVE): Promise<Container> {
    const name = this.args.text('container');
    if (name === undefined) return fallback;
    if (name === ACTIVE || name === TRASH) return name;
    const runsDir = await this.runsDir();
    const archive = findArchive(runsDir, name);
    if (archive === null) {
      throw new RunyardError('bad-request', `There is no archive '${name}' in ${runsDir}`, {
        hint: 'A container is active, trash, or the id or name of an archive.',
      });
    }
    return archive.id;
  }

  /** Characters per line; Infinity when stdout is not a terminal. */
  get width(): number {
    return terminal.width;
  }

  /** Writes text for people to stdout; nothing in it but {@link paint} controls the terminal. */
  out(text: string): void {
    terminal.out(text);
  }

  /** Writes a line for people to stderr. */
  note(text: string): void {
    terminal.note(text);
  }

  /** Writes JSON and a newline to stdout. */
  outJson(value: Json): void {
    terminal.json(encodeContract(value));
  }

  #openProject(): Promise<Project> {
    const runs = this.args.text('runs');
    const project = this.args.text('project');
    for (const [name, value] of [
      ['runs', runs],
      ['project', project],
    ] as const) {
      if (value === '') throw this.args.usage(`--${name} needs a directory`);
    }
    // What was asked for on the command line beats the environment.
    const env = project === undefined ? this.#env : { ...this.#env, PROJECT_DIR: resolve(project) };
    return openProject(resolve(project ?? '.'), {
      env,
      ...(runs === undefined ? {} : { runsDir: resolve(expandHome(runs, this.#env)) }),
    });
  }
}

/** `--runs=~/x` reaches us unexpanded by the shell. */
function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  const home = env['HOME'] ?? env['USERPROFILE'];
  return home !== undefined && /^~(?=$|[/\\])/.test(path) ? home + path.slice(1) : path;
}
