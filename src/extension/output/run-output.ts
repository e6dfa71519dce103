import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openMeta } from '../../core/meta/meta.ts';
import { OutputReader } from '../../core/output/reader.ts';
import { PHASES, PHASE_OUTPUT, type Phase, type RunInfo } from '../../core/run/types.ts';
import { GUILD_OUTPUT } from '../../guild/output.ts';
import { isGuildRun } from '../run/guild-run.ts';

/** Output of one phase, ready to be read. Close the reader when done. */
export interface OpenPhase {
  readonly phase: Phase;
  /** `40_run` and the like. */
  readonly name: string;
  readonly reader: OutputReader;
}

/** The phases that have output by now, in order; of a directory or a zip. */
export async function phasesWithOutput(info: RunInfo): Promise<readonly Phase[]> {
  if (isGuildRun(info)) return existsSync(join(info.metaPath, outputPath(info, ''))) ? ['run'] : [];
  if (info.metaForm === 'dir') {
    return PHASES.filter((phase) => existsSync(join(info.metaPath, 'output', PHASE_OUTPUT[phase])));
  }
  const zip = await openMeta(info.metaPath, 'zip');
  try {
    const paths = new Set((await zip.entries()).map((entry) => entry.path));
    return PHASES.filter((phase) => paths.has(`output/${PHASE_OUTPUT[phase]}`));
  } finally {
    zip.close();
  }
}

/** Opens the output of a phase. Throws `unreadable` for a broken zip. */
export async function openPhase(info: RunInfo, phase: Phase): Promise<OpenPhase> {
  const name = PHASE_OUTPUT[phase];
  if (isGuildRun(info)) {
    const output = join(info.metaPath, outputPath(info, name));
    return { phase, name, reader: OutputReader.ofFiles(output, `${output}.index`) };
  }
  if (info.metaForm === 'dir') return { phase, name, reader: OutputReader.ofRun(info, phase) };
  const zip = await openMeta(info.metaPath, 'zip');
  try {
    const output = (await zip.read(`output/${name}`)) ?? Buffer.alloc(0);
    const index = await zip.read(`output/${name}.index`);
    return { phase, name, reader: OutputReader.ofBuffers(output, index) };
  } finally {
    zip.close();
  }
}

/** Path of an output (`40_run`) in the meta directory. A run of Guild has one. */
export function outputPath(info: RunInfo, name: string): string {
  return isGuildRun(info) ? GUILD_OUTPUT : `output/${name}`;
}

/** The phase with this name (`40_run`), or null. */
export function phaseOfName(name: string): Phase | null {
  return PHASES.find((phase) => PHASE_OUTPUT[phase] === name) ?? null;
}
