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
