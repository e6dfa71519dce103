import { Readable } from 'node:stream';
import { RunyardError } from '../../core/base/errors.ts';
import { openRegularHandle } from '../../core/base/regular-file.ts';
import { openMeta } from '../../core/meta/meta.ts';
import { OutputReader } from '../../core/output/reader.ts';
import { runMetaPath } from '../../core/run/run.ts';
import { PHASES, PHASE_OUTPUT, type Phase, type RunInfo } from '../../core/run/types.ts';
import { readPhases } from '../../core/status/run-detail.ts';

/** Output of one phase of a run whose meta may be a directory or a zip. */
interface PhaseOutput {
  readonly reader: OutputReader;
  /** All bytes as they are, from the beginning. */
  readonly raw: () => Promise<Readable>;
}

/**
 * Opens the output of a phase by its name, such as `40_run`. Throws `bad-request` with the
 * names that there are when the run has no such output.
 */
export async function openPhaseOutput(info: RunInfo, name: string): Promise<PhaseOutput> {
  const meta = await openMeta(info.metaPath, info.metaForm);
  try {
    const phase = phaseOf(name);
    const known = await readPhases(meta);
    if (phase !== null && info.metaForm === 'dir' && known.some((p) => p.name === name)) {
      const path = runMetaPath(info, 'output', name);
      return {
        reader: OutputReader.ofRun(info, phase),
        raw: async () => (await openRegularHandle(path)).createReadStream(),
      };
    }
    const bytes = /^[^/\\]+$/.test(name) ? await meta.read(`output/${name}`) : null;
    if (bytes === null)
      throw noOutput(
        info,
        name,
        known.map((p) => p.name),
      );
    const index = await meta.read(`output/${name}.index`);
    return {
      reader: OutputReader.ofBuffers(bytes, index),
      raw: () => Promise.resolve(Readable.from([bytes])),
    };
  } finally {
    meta.close();
  }
}

/** The phase whose output has this name; null for names that only other tools write. */
function phaseOf(name: string): Phase | null {
  return PHASES.find((phase) => PHASE_OUTPUT[phase] === name) ?? null;
}

function noOutput(info: RunInfo, name: string, known: readonly string[]): RunyardError {
  return new RunyardError('bad-request', `Run ${info.name} has no output ${name}`, {
    hint: known.length === 0 ? 'It has no output at all.' : `It has ${known.join(', ')}.`,
  });
}
