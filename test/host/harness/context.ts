import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostContext } from './session.ts';

let current: HostContext | undefined;

/** Called once by the suite's entry. */
export function setHostContext(context: HostContext): void {
  current = context;
}

/** The session and places of the running tests. Throws outside of the extension host. */
export function hostContext(): HostContext {
  if (current === undefined) throw new Error('There is no host session here.');
  return current;
}

/**
 * Tests for the phase of this name: a story that needs several windows stands in one file, which
 * is in each of its phases.
 */
export function inPhase(name: string, tests: () => void): void {
  if (hostContext().phase === name) tests();
}

/** What one phase tells those after it. */
export class Handover<T> {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  give(value: T): void {
    writeFileSync(this.#path, JSON.stringify(value));
  }

  take(): T {
    return JSON.parse(readFileSync(this.#path, 'utf8')) as T;
  }

  get #path(): string {
    return join(hostContext().sharedDir, `${this.#name}.json`);
  }
}
