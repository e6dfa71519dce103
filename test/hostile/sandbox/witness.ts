import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, type ProcessIdentity } from '../../../src/core/process/identity.ts';
import { bystanderOutput } from '../catalogue/setting.ts';

/** The bystander as the sandbox sees it. A signal to everybody reaches the sandbox itself, too. */
export class Witness {
  readonly identity: ProcessIdentity;
  readonly #child: ChildProcess;
  #hasEnded = false;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.identity = identityOf(pid);
  }

  static async start(root: string): Promise<Witness> {
    const output = openSync(bystanderOutput(root), 'a');
    const child = fork(join(import.meta.dirname, 'bystander.ts'), [], {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    await once(child, 'message');
    if (child.pid === undefined) throw new Error('The bystander did not start.');
    return new Witness(child, child.pid);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Signals that it got since the last call; what ended it comes last. */
  async signals(): Promise<readonly string[]> {
    if (!this.isAlive) {
      if (this.#hasEnded) return [];
      this.#hasEnded = true;
      return [this.#end()];
    }
    const stop = new AbortController();
    const { signal } = stop;
    const ended = once(this.#child, 'exit', { signal }).then(() => {
      this.#hasEnded = true;
      return [this.#end()];
    });
    const answer = once(this.#child, 'message', { signal }).then(([seen]) => seen as string[]);
    for (const promise of [answer, ended]) promise.catch(() => undefined);
    this.#child.send('which');
    const seen = await Promise.race([answer, ended]);
    stop.abort();
    return seen;
  }

  #end(): string {
    return this.#child.signalCode ?? 'something that ended it';
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
