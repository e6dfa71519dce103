import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { WAIT_MS, makeTempDir, removeTree } from './temp.ts';

/**
 * What the program of one run waits at until the test opens it. The test has both ends of a named
 * pipe, so it blocks on neither, and a program that still waits when the test ends goes on.
 */
export class Gate {
  /** The command of a shell that waits. */
  readonly wait: string;
  readonly #fd: number;

  /** @param t whose end opens the gate for good. */
  static async make(t: Pick<TestContext, 'after'>): Promise<Gate> {
    const dir = makeTempDir();
    const path = join(dir, 'gate');
    await execa('mkfifo', [path], { timeout: WAIT_MS });
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    t.after(() => {
      closeSync(fd);
      removeTree(dir);
    });
    return new Gate(path, fd);
  }

  private constructor(path: string, fd: number) {
    this.wait = `read x < ${path}`;
    this.#fd = fd;
  }

  /** Lets the program go on, also when it comes here later. */
  open(): void {
    writeSync(this.#fd, 'x\n');
  }
}
