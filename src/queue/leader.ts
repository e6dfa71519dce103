import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../core/base/atomic.ts';
import { readJsonFileIfAny } from '../core/data/json-file.ts';
import {
  ProcessIdentitySchema,
  identityOf,
  livenessOf,
  type ProcessIdentity,
} from '../core/process/identity.ts';
import { Claim, claimHolder, claimsDir, removeClaims, tryClaim } from '../core/run/claim.ts';

/** The queue is claimed as a run is: of many processes one works on it. */
const QUEUE = 'queue';
/** A leader shows this often that it lives, for other hosts. Milliseconds. */
export const BEAT_MS = 5_000;
/** A leader on another host counts as dead after this. Milliseconds. */
const SILENT_MS = 60_000;

/** The right to work on the queue of a store. */
export interface Leadership {
  /** Shows that we live. @returns false when somebody else has taken over. */
  beat(): boolean;
  release(): void;
}

/** Becomes the one process that works on the queue; null when another one does. */
export function tryLead(runsDir: string): Leadership | null {
  if (remoteLeader(runsDir) !== null) return null;
  const run = { runsDir, id: QUEUE };
  if (!(tryClaim(run, QUEUE, { overRemote: true }) instanceof Claim)) return null;
  const path = beatPath(runsDir);
  writeFileAtomic(path, JSON.stringify(identityOf()));
  const isOurs = (): boolean => {
    const owner = claimHolder(run)?.owner;
    return owner?.pid === process.pid && livenessOf(owner) === 'alive';
  };
  return {
    beat: () => {
      if (!isOurs()) return false;
      const now = new Date();
      utimesSync(path, now, now);
      return true;
    },
    release: () => {
      // With all its numbers: a queue comes and goes as long as there is the store.
      if (isOurs()) removeClaims(run);
    },
  };
}

/** The process that works on the queue now; null when there is none. */
export function leaderOf(runsDir: string): ProcessIdentity | null {
  const owner = claimHolder({ runsDir, id: QUEUE })?.owner;
  if (owner !== undefined && livenessOf(owner) === 'alive') return owner;
  return remoteLeader(runsDir);
}

/** A leader on another host, which only its heartbeat shows. */
function remoteLeader(runsDir: string): ProcessIdentity | null {
  const path = beatPath(runsDir);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || Math.abs(Date.now() - stat.mtimeMs) > SILENT_MS) return null;
  const leader = readJsonFileIfAny(path, ProcessIdentitySchema);
  return leader !== null && livenessOf(leader) === 'remote' ? leader : null;
}

/** Beside the claims, and not in the queue's directory: no watcher of the queue shall wake up. */
function beatPath(runsDir: string): string {
  return join(claimsDir(runsDir), QUEUE, 'heartbeat');
}
