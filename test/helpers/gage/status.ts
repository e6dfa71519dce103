import { deriveStatus, type StatusFacts } from '../../../src/core/status/status.ts';

/** Facts of a run of which only the reference is there. */
export const none: StatusFacts = {
  exit: null,
  lock: null,
  initialized: false,
  staged: false,
  started: false,
  process: null,
  heartbeatMs: null,
  belongs: () => 'yes',
};

/** Facts of a run that was started. */
export const ran: StatusFacts = { ...none, initialized: true, staged: true, started: true };

/** The status that follows from facts now. */
export function statusOf(facts: StatusFacts): string {
  return deriveStatus(facts, Date.now()).status;
}
