import assert from 'node:assert/strict';
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { identityOf, type ProcessIdentity } from '../../../src/core/process/identity.ts';
import { tempDir } from '../temp.ts';
import { nextMessage } from './processes.ts';

/** Notes each signal that it gets and can notice, and answers whatever it is sent. */
const SCRIPT = `
const { appendFileSync } = require('node:fs');
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(name, () => appendFileSync(process.env.SIGNALS_FILE, name + '\\n'));
process.on('message', () => process.send('here'));
process.send('here');
`;

/** How a {@link Bystander} is started. */
interface BystanderOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Descriptor that it prints to. */
  readonly stdout?: number;
}

/** A process that leads a group of its own, as any program of the user might. */
export class Bystander {
  readonly identity: ProcessIdentity;
  readonly #child: ChildProcess;
  readonly #signals: string;

  private constructor(child: ChildProcess, signals: string) {
    assert.ok(child.pid !== undefined);
    this.identity = identityOf(child.pid);
    this.#child = child;
    this.#signals = signals;
  }

  /** Starts one that the end of the test ends. */
  static async start(
    t: Pick<TestContext, 'after'>,
    options: BystanderOptions = {},
  ): Promise<Bystander> {
    const signals = join(tempDir(t), 'signals');
    const stdio: StdioOptions = ['ignore', options.stdout ?? 'ignore', 'ignore', 'ipc'];
    const child = spawn(process.execPath, ['-e', SCRIPT], {
      env: { ...process.env, SIGNALS_FILE: signals, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      stdio,
      detached: true,
    });
    t.after(() => child.kill('SIGKILL'));
    await nextMessage(child);
    return new Bystander(child, signals);
  }

  get pid(): number {
    return this.identity.pid;
  }

  /** The signals that it got so far. Fails when it has ended. */
  async signals(): Promise<readonly string[]> {
    // A signal that was sent before is noticed before the second answer.
    for (let i = 0; i < 2; i++) {
      const answer = nextMessage(this.#child);
      this.#child.send('are you there?');
      await answer;
    }
    if (!existsSync(this.#signals)) return [];
    return readFileSync(this.#signals, 'utf8').trim().split('\n');
  }
}
