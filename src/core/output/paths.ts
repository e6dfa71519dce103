import { makeMetaDir } from '../run/own-dirs.ts';
import { runMetaPath, runyardPath } from '../run/run.ts';
import { PHASE_OUTPUT, type Phase, type Run } from '../run/types.ts';

/** The offset table holds the byte offset of every line whose number divides by this. */
export const OFFSET_STRIDE = 1024;

/** All files that the output of one phase consists of, and those it is made from. */
export interface OutputPaths {
  /** `output/NN_name` (gage-format.md 2.8). */
  readonly output: string;
  /** `output/NN_name.index`: 9 bytes for each line. */
  readonly index: string;
  /** `runyard/offsets/NN_name`: 8 bytes, big-endian, for each {@link OFFSET_STRIDE}th line. */
  readonly offsets: string;
  /** Directory of the spools of all phases. */
  readonly spoolDir: string;
  /** Where the process of the phase writes its stdout. */
  readonly stdout: string;
  /** Where the process of the phase writes its stderr. */
  readonly stderr: string;
  /** How much of the spools is in the output. */
  readonly commit: string;
}

/** Paths of the output of a phase. Nothing is read or written. */
export function outputPaths(run: Pick<Run, 'metaPath'>, phase: Phase): OutputPaths {
  const name = PHASE_OUTPUT[phase];
  const spoolDir = runyardPath(run, 'spool');
  return {
    output: runMetaPath(run, 'output', name),
    index: runMetaPath(run, 'output', `${name}.index`),
    offsets: runyardPath(run, 'offsets', name),
    spoolDir,
    stdout: runyardPath(run, 'spool', `${name}.stdout`),
    stderr: runyardPath(run, 'spool', `${name}.stderr`),
    commit: runyardPath(run, 'spool', `${name}.commit`),
  };
}

/**
 * Makes the directories of the output of a run. Throws `unsafe-path` when one of them is a link, and
 * `ENOENT` when the run is gone.
 */
export function makeOutputDirs(run: Pick<Run, 'metaPath'>): void {
  makeMetaDir(run, 'output');
  for (const name of ['spool', 'offsets']) makeMetaDir(run, 'runyard', name);
}
