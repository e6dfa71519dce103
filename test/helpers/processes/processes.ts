import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { identityOf, type ProcessIdentity } from '../../../src/core/process/identity.ts';
import { WAIT_MS } from '../temp.ts';

/** What `promise` resolves to. Rejects after `timeoutMs`, and says that it was `what` that did not come. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  timeoutMs = WAIT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Waited ${String(timeoutMs)} ms for ${what}.`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the end of a process. @returns its exit code; null when a signal ended it. */
export async function exitOf(child: ChildProcess, timeoutMs = WAIT_MS): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    try {
      await within(once(child, 'exit'), `the end of ${child.spawnargs.join(' ')}`, timeoutMs);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }
  return child.exitCode;
}

/** Who a process was that has ended. */
export async function deadIdentity(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  assert.ok(child.pid !== undefined);
  const identity = identityOf(child.pid);
  child.kill('SIGKILL');
  await exitOf(child);
  return identity;
}

/** The next message that a process sends. Rejects when it ends before that. */
export async function nextMessage(child: ChildProcess, timeoutMs = WAIT_MS): Promise<unknown> {
  const message = new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      reject(new Error(`A process ended with ${String(code)}, without a message`));
    });
  });
  return await within(message, `a message of ${child.spawnargs.join(' ')}`, timeoutMs);
}
