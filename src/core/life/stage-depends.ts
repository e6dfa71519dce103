import type { Pace } from '../base/pace.ts';
import type { StagedDependency } from '../meta/depends-file.ts';
import type { RunFile } from '../meta/file-log.ts';
import type { OpDef, Run } from '../run/types.ts';

/** What staging offers to whoever puts the files of dependencies in place. */
export interface PlaceContext {
  readonly pace: Pace;
  /** Clear the write bits at once: nobody will change the files. */
  readonly readOnly: boolean;
  readonly warn: (message: string) => void;
  /** Called before a file takes the place of one that is there. */
  readonly replaced: (path: string) => void;
  /** Called for each file. `sha256` in hex; null when it is not known, as for a link. */
  readonly placed: (path: string, sha256: string | null) => void;
  /** Called after each file. */
  readonly onFile: (done: number, total: number) => void;
}

/** Dependencies that were found and wait for their phase. */
export interface FoundDepends {
  /** Puts the files into the run directory. @returns what is recorded. */
  place(context: PlaceContext): Promise<readonly StagedDependency[]>;
}

/**
 * Finds the dependencies of a run before anything is staged (gage-format.md 4.7). The core only keeps
 * their place and order (gage-format.md 2.3 step 9); `src/depends` implements it.
 * Throws `unmet-dependency`, `bad-gage-file`, `bad-pattern`; the signal's reason on abort.
 */
export type FindDepends = (
  run: Run,
  projectDir: string,
  opdef: OpDef,
  options: { readonly signal?: AbortSignal; readonly exclude?: readonly string[] },
) => Promise<FoundDepends>;

interface Batch {
  readonly digests: Map<string, string>;
  /** Time since when others may have changed the files, epoch nanoseconds; null: nobody did. */
  touchedNs: bigint | null;
}

/** Digests of files that were taken while they were copied, for as long as they hold. */
export class CopyDigests {
  readonly #batches: Batch[] = [];

  /** Begins with copies that nobody has touched yet. */
  begin(): void {
    this.#batches.push({ digests: new Map(), touchedNs: null });
  }

  /** Notes the digest of a new copy; null forgets what was known of the path. */
  set(path: string, sha256: string | null): void {
    for (const { digests } of this.#batches) digests.delete(path);
    if (sha256 !== null) this.#batches.at(-1)?.digests.set(path, sha256);
  }

  /** True while there are copies that nobody may have changed. */
  get untouched(): boolean {
    return this.#batches.some(({ touchedNs }) => touchedNs === null);
  }

  /** Others may change the copies from now on. @param ns epoch nanoseconds, of the file system. */
  touch(ns: bigint): void {
    for (const batch of this.#batches) batch.touchedNs ??= ns;
  }

  /** Digests that hold for files as they are now: nobody can have changed them since. */
  holding(files: readonly RunFile[]): ReadonlyMap<string, string> {
    const known = new Map<string, string>();
    const changed = new Map(files.map(({ path, changedNs }) => [path, changedNs]));
    for (const { digests, touchedNs } of this.#batches) {
      for (const [path, sha256] of digests) {
        const changedNs = changed.get(path);
        if (touchedNs === null || (changedNs !== undefined && changedNs < touchedNs)) {
          known.set(path, sha256);
        }
      }
    }
    return known;
  }
}
