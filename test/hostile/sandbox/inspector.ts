import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '../catalogue/setting.ts';
import type { Outcome } from './cli.ts';
import { changes, takeSnapshot, type Snapshot } from './snapshot.ts';
import type { MemoryWatch } from './watch.ts';
import type { Witness } from './witness.ts';

/** Looks after each verb whether it did what no verb may do. */
export class Inspector {
  readonly #setting: Setting;
  readonly #witness: Witness;
  readonly #memory: MemoryWatch;
  readonly #toUs: string[] = [];
  #before: Snapshot;

  constructor(setting: Setting, witness: Witness, memory: MemoryWatch) {
    this.#setting = setting;
    this.#witness = witness;
    this.#memory = memory;
    this.#before = takeSnapshot(setting);
    // The first process of a sandbox only gets what it listens to.
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.removeAllListeners(name).on(name, () => this.#toUs.push(name));
    }
  }

  /** What happened since the last look that may not happen, one sentence each. */
  async look(): Promise<readonly string[]> {
    const signals = await this.#witness.signals();
    const executed = this.#takeExecuted();
    const now = takeSnapshot(this.#setting);
    const changed = changes(this.#before, now);
    this.#before = now;
    return [
      ...executed.map((name) => `executed a command: ${name}`),
      ...changed,
      ...signals.map((name) => `sent ${name} to a process that is not ours`),
      ...this.#toUs.splice(0).map((name) => `sent ${name} to the first process of the system`),
      ...this.#memory.take(),
    ];
  }

  /** What was changed is as it was again. */
  forget(): void {
    this.#before = takeSnapshot(this.#setting);
  }

  /** Names of the canaries of commands that were executed since the last time. */
  #takeExecuted(): readonly string[] {
    const { executed } = this.#setting;
    const names = readdirSync(executed);
    for (const name of names) rmSync(join(executed, name));
    return names;
  }
}

/** What is wrong with how a verb ended and with what it printed. */
export function problemsOf(
  args: readonly string[],
  outcome: Outcome,
  limitMs: number,
): readonly string[] {
  const { code, stdout, stderr, tookMs } = outcome;
  const found: string[] = [];
  if (tookMs >= limitMs) found.push(`did not end within ${String(limitMs / 1000)} s`);
  else if (code === null) found.push('was ended');
  const stack = /^ +at .+:\d+:\d+\)?$/m.exec(stderr);
  if (stack !== null) found.push(`crashed: ${stderr.slice(0, 300)}`);
  // What a run printed is shown as it is, to whoever asks for that.
  const printsOutput = args[0] === 'output' || args.includes('--wait') || args.includes('--json');
  const raw = printsOutput ? stderr : stdout + stderr;
  const control = UNPRINTABLE.exec(raw);
  if (control !== null) found.push(`printed ${codePoint(control[0])} raw: ${around(raw, control)}`);
  return found;
}

/** Changes the terminal, or the order in which characters are shown. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function codePoint(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

function around(text: string, { index }: RegExpExecArray): string {
  return JSON.stringify(text.slice(Math.max(0, index - 20), index + 20));
}
