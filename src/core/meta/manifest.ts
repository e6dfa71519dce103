import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { RunyardError, describeError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import {
  LARGE_FILE_BYTES,
  ROW_FILE_BYTES,
  readRegularText,
  readSmallFile,
} from '../base/regular-file.ts';
import { runMetaPath, writeMeta } from '../run/run.ts';
import type { Run } from '../run/types.ts';
import { hashFile } from '../sourcecode/copy.ts';
import { isFileType, type FileType, type FilesLog, type RunFile } from './file-log.ts';

/** One entry of `manifest`: type, SHA-256 in hex, path with `/` (gage-format.md 2.6). */
export type ManifestEntry = readonly [type: FileType, sha256: string, path: string];

/** What {@link writeManifest} needs beside the run. */
export interface ManifestOptions {
  readonly pace: Pace;
  /** Digests that are known to hold, by path. */
  readonly known?: ReadonlyMap<string, string>;
  /** Called after each file. */
  readonly onFile?: (done: number, total: number) => void;
}

/** What {@link writeManifest} did. */
export interface ManifestResult {
  readonly entries: readonly ManifestEntry[];
  /** Files whose digest differs from the manifest before. */
  readonly modified: readonly string[];
  /** Sentences for `log/runner` about files that could not be hashed or made read-only. */
  readonly warnings: readonly string[];
}

/** Parses `manifest`. Throws `unreadable` with the line number. */
export function parseManifest(text: string): readonly ManifestEntry[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => {
    const [, type, sha256, path] = /^(\S+) (\S+) (.+?)\r?$/s.exec(line) ?? [];
    if (!isFileType(type) || sha256 === undefined || path === undefined) {
      throw new RunyardError(
        'unreadable',
        `manifest, line ${i + 1}: bad entry '${line.slice(0, 200)}'`,
      );
    }
    return [type, sha256, process.platform === 'win32' ? path.replaceAll('\\', '/') : path];
  });
}

/** Reads `manifest` of a run in directory form; absent means empty. Throws `unreadable`. */
export function readManifest(run: Pick<Run, 'metaPath'>): readonly ManifestEntry[] {
  return parseManifest(readSmallFile(runMetaPath(run, 'manifest'), LARGE_FILE_BYTES) ?? '');
}

/**
 * Makes the files of a run read-only and writes `manifest` from the files log (gage-format.md 2.6):
 * at the end of staging, and again when the run is finalized.
 *
 * Only write bits are cleared, so a script stays executable. What is reached through a link is
 * left alone: it does not belong to the run. A sibling `.gage-cache-<name>.sha` spares hashing.
 * A file that vanished or cannot be read is left out with a warning.
 *
 * @param files the newest scan of the run directory.
 */
export async function writeManifest(
  run: Run,
  log: FilesLog,
  files: readonly RunFile[],
  options: ManifestOptions,
): Promise<ManifestResult> {
  const before = new Map(readManifest(run).map(([, sha256, path]) => [path, sha256]));
  const scanned = new Map(files.map((file) => [file.path, file]));
  const live = log.liveFiles();
  const entries: ManifestEntry[] = [];
  const modified: string[] = [];
  const warnings: string[] = [];
  let done = 0;
  for (const [path, type] of live) {
    if (options.pace.due()) await options.pace.rest();
    const full = `${run.runDir}/${path}`;
    const file = scanned.get(path);
    try {
      if (file !== undefined) protect(full, file);
    } catch (error) {
      warnings.push(`File "${path}" stays writable: ${describeError(error)}`);
    }
    try {
      const sha256 =
        cachedDigest(run, path, scanned) ??
        options.known?.get(path) ??
        (await hashFile(full, options.pace));
      entries.push([type, sha256, path]);
      if ((before.get(path) ?? sha256) !== sha256) modified.push(path);
    } catch (error) {
      const isOfFile = error instanceof RunyardError || 'syscall' in Object(error);
      if (!(error instanceof Error) || !isOfFile) throw error;
      warnings.push(`File "${path}" is not in the manifest: ${error.message}`);
    }
    done++;
    options.onFile?.(done, live.size);
  }
  writeMeta(run, 'manifest', encodeManifest(entries), { writable: true });
  return { entries, modified, warnings };
}

/** Text of `manifest` with these entries. */
export function encodeManifest(entries: readonly ManifestEntry[]): string {
  return entries.map((entry) => `${entry.join(' ')}\n`).join('');
}

function protect(full: string, file: RunFile): void {
  if (!file.linked && (file.mode & 0o222) !== 0) chmodSync(full, file.mode & ~0o222);
}

/** The digest that a file `.gage-cache-<name>.sha` beside a run file gives, or null. */
function cachedDigest(
  run: Run,
  path: string,
  scanned: ReadonlyMap<string, RunFile>,
): string | null {
  const at = path.lastIndexOf('/') + 1;
  const cache = `${path.slice(0, at)}.gage-cache-${path.slice(at)}.sha`;
  if (!scanned.has(cache)) return null;
  try {
    const digest = readRegularText(join(run.runDir, cache), ROW_FILE_BYTES).trim();
    // Anything with blanks would break the line of the manifest.
    return /^\S+$/.test(digest) ? digest : null;
  } catch {
    return null;
  }
}
