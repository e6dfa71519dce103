import { dirname, join } from 'node:path';
import { inTurn } from '../catalogue/at-length.ts';
import type { Setting } from '../catalogue/setting.ts';
import type { Victim, World } from '../catalogue/world.ts';
import { chainsOn, chainsOnStore } from '../verbs.ts';
import { Cli, type Outcome } from './cli.ts';
import { homeEnv } from './home.ts';
import { Inspector, problemsOf } from './inspector.ts';
import { TreeCopy } from './tree-copy.ts';
import { endProcess, otherProcesses, type MemoryWatch } from './watch.ts';
import type { Witness } from './witness.ts';

/** After so many verbs that did not end, the others of a world would not either. */
const MAX_STUCK = 2;

/** Processes that a verb has started have so long to do their work. Milliseconds. */
const REST_MS = 3_000;
const POLL_MS = 20;

/** What a world needs to be tried. */
export interface Sandbox {
  readonly script: string;
  readonly setting: Setting;
  readonly witness: Witness;
  readonly memory: MemoryWatch;
  /** Id of the completed run that this user has made. */
  readonly healthy: string;
}

/** Does everything that can be done in one hostile store, and looks what came of it. */
export class Attempt {
  readonly #world: World;
  readonly #sandbox: Sandbox;
  readonly #victims: readonly Victim[];
  readonly #cli: Cli;
  readonly #inspector: Inspector;
  readonly #copies: readonly TreeCopy[];
  readonly #problems: string[] = [];
  #stuck = 0;

  constructor(world: World, sandbox: Sandbox, victims: readonly Victim[]) {
    const { script, setting, witness, memory } = sandbox;
    this.#world = world;
    this.#sandbox = sandbox;
    this.#victims = victims;
    const cwd = world.cwd?.(setting) ?? setting.project;
    // The project may be elsewhere; the store is the same.
    const env = { ...homeEnv(setting), GAGE_RUNS: setting.store };
    this.#cli = new Cli({ script, cwd, env });
    const kept = join(dirname(setting.root), 'received');
    this.#copies = [
      new TreeCopy(setting.store, join(kept, 'store')),
      new TreeCopy(setting.outside, join(kept, 'outside')),
    ];
    this.#inspector = new Inspector(setting, witness, memory);
  }

  /** Everything that may not happen and did, one sentence each. */
  async run(): Promise<readonly string[]> {
    await this.#cli.measure();
    await this.#checkRows();
    for (const chain of chainsOnStore(this.#world.makesRuns === true)) {
      await this.#chain('store', chain);
    }
    for (const [n, { id, what, state }] of this.#victims.entries()) {
      const chains = what.endsWith(' is link')
        ? chainsOn(id, state)
        : inTurn(chainsOn(id, state), n, 3);
      for (const chain of chains) await this.#chain(what, chain);
    }
    if (this.#world.steps !== undefined) await this.#chain('store', this.#world.steps);
    await this.#useHealthyRun();
    this.#cli.close();
    return this.#problems;
  }

  /** Verbs that follow on each other. After that the store is again as it was received. */
  async #chain(what: string, chain: readonly (readonly string[])[]): Promise<void> {
    for (const args of chain) await this.#step(what, args);
    const said = `after ${chain.map((args) => args.join(' ')).join(', ')}`;
    await this.#rest(what, said);
    const wrong = this.#world.check?.(this.#sandbox.setting) ?? [];
    for (const problem of wrong) this.#tell(what, said, problem);
    for (const copy of this.#copies) copy.restore();
    this.#inspector.forget();
  }

  /** The listing names each run, and says what is wrong with it. */
  async #checkRows(): Promise<void> {
    const outcome = await this.#step('store', ['list', '--json']);
    if (outcome?.code !== 0) {
      this.#tell('store', 'list --json', `failed: ${outcome?.stderr.slice(0, 300) ?? ''}`);
      return;
    }
    const rows = new Map(rowsOf(outcome.stdout).map((row) => [row.id, row]));
    const healthy = rows.get(this.#sandbox.healthy);
    if (healthy?.status !== 'completed') this.#tell('healthy run', 'list', 'is not listed');
    for (const { id, what, listed } of this.#victims) {
      const row = rows.get(id);
      if (listed === true && !row?.reason) {
        this.#tell(what, 'list', `the row does not say what is wrong: ${JSON.stringify(row)}`);
      }
    }
  }

  /** What a person does to another run works beside all this. */
  async #useHealthyRun(): Promise<void> {
    const id = this.#sandbox.healthy;
    const steps = [
      ['label', id, '--set', 'mine'],
      ['delete', id],
      ['restore', id],
      ['show', id],
    ];
    for (const args of steps) {
      const outcome = await this.#step('healthy run', args);
      if (outcome === null || outcome.code === 0) continue;
      const refused =
        this.#world.shared === true && /nothing is changed there/.test(outcome.stderr);
      // What was not deleted cannot be restored.
      if (refused) return;
      this.#tell('healthy run', args.join(' '), `failed: ${outcome.stderr.trim()}`);
    }
  }

  /** One verb. Null when too many before it did not end. */
  async #step(what: string, args: readonly string[]): Promise<Outcome | null> {
    if (this.#stuck >= MAX_STUCK) return null;
    const spawned = this.#world.spawned === true;
    const outcome = spawned ? await this.#cli.spawned(args) : await this.#cli.shared(args);
    const found = [
      ...problemsOf(args, outcome, this.#cli.limitMs),
      ...(await this.#inspector.look()),
    ];
    for (const secret of this.#world.secrets ?? []) {
      if ((outcome.stdout + outcome.stderr).includes(secret)) found.push('printed a secret');
    }
    if (outcome.code === null) this.#stuck++;
    for (const problem of found) this.#tell(what, args.join(' '), problem);
    if (this.#stuck === MAX_STUCK) this.#tell(what, args.join(' '), 'the rest was not tried');
    return outcome;
  }

  /** Waits for what the verbs have started, ends what does not end, and looks once more. */
  async #rest(what: string, said: string): Promise<void> {
    if (this.#others().length === 0) return;
    const deadline = Date.now() + REST_MS;
    while (this.#others().length > 0 && Date.now() < deadline) await pause();
    for (const pid of this.#others()) endProcess(pid);
    for (const problem of await this.#inspector.look()) this.#tell(what, said, problem);
  }

  /** Processes that verbs have left behind. */
  #others(): readonly number[] {
    const { pid } = this.#sandbox.witness.identity;
    return otherProcesses(new Set([process.pid, pid, this.#cli.pid ?? pid]));
  }

  #tell(what: string, verb: string, problem: string): void {
    this.#problems.push(`${what}: ${verb}: ${problem}`);
  }
}

interface Row {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
}

function rowsOf(text: string): readonly Row[] {
  try {
    return JSON.parse(text) as readonly Row[];
  } catch {
    return [];
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
