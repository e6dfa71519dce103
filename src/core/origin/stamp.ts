import { createHmac, timingSafeEqual } from 'node:crypto';
import { privateKey } from './key.ts';

/**
 * A stamp says that this user on this machine has put something where it is: nobody who writes
 * into a store, or brings one, can make one.
 * @param purpose keeps stamps of one kind from being taken for another. @param parts what it holds for.
 * @returns null where there is no private key.
 */
export function stampOf(purpose: 'run' | 'queue', parts: readonly unknown[]): string | null {
  const key = privateKey();
  if (key === null) return null;
  return createHmac('sha256', key)
    .update(JSON.stringify([purpose, ...parts]))
    .digest('hex');
}

/** True for the stamp that {@link stampOf} makes of the same. */
export function isStamp(
  stamp: string,
  purpose: 'run' | 'queue',
  parts: readonly unknown[],
): boolean {
  const right = stampOf(purpose, parts);
  if (right === null || stamp.length !== right.length) return false;
  return timingSafeEqual(Buffer.from(stamp), Buffer.from(right));
}
