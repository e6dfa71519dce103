import { existsSync, mkdirSync, watch, writeSync, type FSWatcher } from 'node:fs';
import { readChosenTrials } from '../batch/chosen-trials.ts';
import { CONTROL_FILE, readBatchControl } from '../batch/control.ts';
import {
  readBatch,
  readTrials,
  type BatchRecord,
  type TrialRecord,
} from '../batch/record/record.ts';
import type { TrialSource } from '../batch/record/types.ts';
import { BatchLoop } from '../batch/run-batch.ts';
import { openTrialSource, optimizerKind } from '../batch/search/optimizer.ts';
import { batchSummary } from '../batch/summary.ts';
import type { BatchLog } from '../batch/trial/trial.ts';
import { describeError } from '../core/base/errors.ts';
import { encodePretty } from '../core/data/json.ts';
import type { SupervisorMessage, SupervisorTask } from '../core/launch/launch-messages.ts';
import { finalizeRun } from '../core/life/finalize.ts';
import { startHere } from '../core/life/start.ts';
import { removeLiveFiles } from '../core/meta/process-file.ts';
import { OutputWriter, prepareOutput } from '../core/output/writer.ts';
import { publishProgress } from '../core/phase/progress-file.ts';
import type { Claim } from '../core/run/claim.ts';
import { runyardPath, writeMeta } from '../core/run/run.ts';
import { appendRunnerLog } from '../core/run/runner-log.ts';
import type { Run } from '../core/run/types.ts';
import { TrialPool } from './pool.ts';

/** Look for a request this often, where events do not arrive. Milliseconds. */
const CONTROL_MS = 1000;

/** What a batch has of the supervision that it is part of. */
export interface BatchHost {
  /** Aborts when the batch is to stop. */
  readonly signal: AbortSignal;
  /** Between SIGTERM and SIGKILL. Milliseconds. */
  readonly graceMs: () => number;
  readonly report: (message: SupervisorMessage) => void;
  /** Begins to look for requests to stop. */
  readonly watch: () => void;
}

/**
 * Runs a staged batch in this process from its start to its end: what it does goes line by line
 * to its output. Its trials are in processes of their own. Throws, with the claim given back,
 * when it cannot be started; from there on it ends with an exit code.
 */
export async function superviseBatch(
  batch: Run,
  task: SupervisorTask,
  claim: Claim,
  host: BatchHost,
): Promise<void> {
  const { record, trials } = begin(batch, task, claim);
  host.report({ type: 'started', pid: process.pid });
  const output = new BatchOutput(batch);
  const slots = readBatchControl(batch)?.slots ?? record.slots;
  const pool = poolOf(batch, record, slots, task, host);
  const publish = publishProgress(batch);
  const chosen = readChosenTrials(batch);
  const loop = new BatchLoop({
    batch,
    record,
    trials,
    chosen,
    source: chosen === null ? sourceOf(record, output.log) : null,
    resumed: existsSync(runyardPath(batch, 'attempts')),
    slots,
    log: output.log,
    runner: pool,
    onProgress: (done, planned) => {
      const percent = Math.trunc((done / Math.max(1, planned)) * 100);
      publish({ percent, text: `${String(done)} of ${String(planned)} trials` });
    },
  });
  const stop = (): void => {
    loop.stop();
  };
  host.signal.addEventListener('abort', stop);
  const control = new ControlWatch(batch, loop);
  host.watch();
  if (host.signal.aborted) stop();
  const exitCode = await exitCodeOf(loop, output.log);
  control.dispose();
  pool.close();
  await output.close();
  await writeSummary(batch, record);
  // No zip, whatever runs get: the list of trials must stay writable for the next attempt.
  await finalizeRun(batch, exitCode, task.allowed === undefined ? {} : { allowed: task.allowed });
  host.report({ type: 'ended', exitCode });
}

/** The point of no return. What cannot be read must show before it. */
function begin(
  batch: Run,
  { allowed }: SupervisorTask,
  claim: Claim,
): { readonly record: BatchRecord; readonly trials: readonly TrialRecord[] } {
  try {
    const read = { record: readBatch(batch), trials: readTrials(batch) };
    // Without source code there is no directory yet, and trials take theirs from it.
    mkdirSync(batch.runDir, { recursive: true });
    startHere(batch, allowed);
    return read;
  } catch (error) {
    removeLiveFiles(batch);
    claim.release();
    throw error;
  }
}

function poolOf(
  batch: Run,
  { proto }: BatchRecord,
  slots: number,
  { parentDir, graceMs, format, exclude, allowed }: SupervisorTask,
  host: BatchHost,
): TrialPool {
  return new TrialPool({
    supervisorPath: process.argv[1] ?? '',
    batch,
    projectDir: proto.projectDir,
    slots,
    graceMs: host.graceMs,
    settings: {
      parentDir: parentDir ?? proto.projectDir,
      ...(graceMs !== undefined && { graceMs }),
      ...(format !== undefined && { format }),
      ...(exclude !== undefined && { exclude }),
      ...(allowed !== undefined && { allowed }),
    },
  });
}

function sourceOf(record: BatchRecord, log: BatchLog): TrialSource | null {
  const { optimizer, operation, objective, seed, space, proto } = record;
  if (optimizerKind(optimizer) !== 'sequential') return null;
  return openTrialSource({
    optimizer,
    operation,
    objective,
    space,
    seed: seed ?? 0,
    projectDir: proto.projectDir,
    onLine: (line) => {
      log.info(line);
    },
  });
}

/** Whatever happens, the batch comes to an end that says what it was. */
async function exitCodeOf(loop: BatchLoop, log: BatchLog): Promise<number> {
  try {
    return await loop.run();
  } catch (error) {
    log.error(`The batch cannot go on: ${describeError(error)}`);
    return 1;
  }
}

async function writeSummary(batch: Run, record: BatchRecord): Promise<void> {
  try {
    writeMeta(batch, 'summary.json', encodePretty(await batchSummary(batch, record)));
  } catch (error) {
    appendRunnerLog(batch, `Error writing summary: ${describeError(error)}`);
  }
}

/** The output of a batch is what it tells itself, merged and indexed as that of every run. */
class BatchOutput {
  readonly log: BatchLog;
  readonly #spools: ReturnType<typeof prepareOutput>;
  readonly #writer: OutputWriter;

  constructor(batch: Run) {
    this.#spools = prepareOutput(batch, 'run');
    this.#writer = new OutputWriter(batch, 'run');
    // One stream: what comes first must be read first.
    const write = (text: string): void => {
      try {
        writeSync(this.#spools.stdout, `${text}\n`);
      } catch {
        // A full disk: running the trials matters more than telling of it.
      }
    };
    this.log = {
      info: write,
      warning: (message) => {
        write(`WARNING: ${message}`);
      },
      error: (message) => {
        write(`ERROR: ${message}`);
      },
    };
  }

  async close(): Promise<void> {
    this.#spools.close();
    await this.#writer.close();
  }
}

/** Follows what people ask of the batch while it runs. */
class ControlWatch {
  readonly #batch: Run;
  readonly #loop: BatchLoop;
  readonly #net: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;

  constructor(batch: Run, loop: BatchLoop) {
    this.#batch = batch;
    this.#loop = loop;
    this.#net = setInterval(() => {
      this.#look();
    }, CONTROL_MS);
    try {
      this.#watcher = watch(runyardPath(batch), (_event, name) => {
        if (name === CONTROL_FILE) this.#look();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // Watches are used up: the net finds it.
    }
    this.#look();
  }

  dispose(): void {
    clearInterval(this.#net);
    this.#watcher?.close();
  }

  #look(): void {
    const control = readBatchControl(this.#batch);
    if (control === null) return;
    if (control.slots !== undefined) this.#loop.resize(control.slots);
    if (control.stop !== undefined) this.#loop.stopAfterCurrent();
  }
}
