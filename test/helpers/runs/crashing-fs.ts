import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Functions of `node:fs` that change something. */
const CHANGING = [
  'appendFileSync',
  'chmodSync',
  'copyFileSync',
  'cpSync',
  'createWriteStream',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'utimesSync',
  'writeSync',
] as const;

/**
 * Calls `work` as in a process that dies before its change number `at` (from 1) of the file
 * system: that change and all later ones come to nothing, also those of cleaning up.
 * @param die what happens then; by default an error is thrown.
 * @returns true when it came so far, false when the work ended before.
 */
export async function crashAt(
  at: number,
  work: () => Promise<unknown>,
  die: () => void = () => undefined,
): Promise<boolean> {
  const originals = Object.fromEntries(CHANGING.map((name) => [name, fs[name]]));
  let changes = 0;
  const counted =
    (original: (...args: readonly unknown[]) => unknown) =>
    (...args: readonly unknown[]): unknown => {
      changes++;
      if (changes >= at) {
        die();
        throw new Error(`Crashed before change ${String(at)}`);
      }
      return original(...args);
    };
  for (const name of CHANGING) {
    Object.assign(fs, { [name]: counted(fs[name] as (...args: readonly unknown[]) => unknown) });
  }
  syncBuiltinESMExports();
  try {
    await work();
  } catch (error) {
    if (changes < at) throw error;
  } finally {
    Object.assign(fs, originals);
    syncBuiltinESMExports();
  }
  return changes >= at;
}
