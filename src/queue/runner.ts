import type { FSWatcher } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunyardError, describeError } from '../core/base/errors.ts';
import type { LaunchAction } from '../core/launch/launch-messages.ts';
import { launchSupervisor, type LaunchOptions } from '../core/launch/launch.ts';
import { claimHolder } from '../core/run/claim.ts';
import { readProjectRef } from '../core/run/project.ts';
import { pokeRun } from '../core/run/run.ts';
import { appendRunnerLog } from '../core/run/runner-log.ts';
import type { RunInfo } from '../core/run/types.ts';
import { queueDir } from '../core/status/marks.ts';
import { withRecordedEnv } from './env.ts';
import {
  QueueReader,
  removeEntry,
  removeFailed,
  removeTaken,
  writeBack,
  writeFailed,
  writeSettings,
  writeTaken,
  type QueueFiles,
  type TakenFile,
} from './files.ts';
import { BEAT_MS, tryLead, type Leadership } from './leader.ts';
import { OtherRuns } from './others.ts';
import {
  RUN_IS_FOREIGN,
  hasWork,
  infoOf,
  mayWait,
  standingOf,
  startOrder,
  stateOf,
} from './queue.ts';
import { chooseSlot, slotTags, visibleDevices } from './slots.ts';
import { Alarm, watchNames } from './watch.ts';

/** Look at everything this often, where events do not arrive. Milliseconds. */
const NET_MS = 1_000;
/** So many supervisors in a row that do not start are not the fault of the runs. */
const MAX_FAILURES = 3;

/** What {@link runQueue} is given. */
export interface QueueRunnerOptions {
  readonly runsDir: string;
  /** For the supervisors of the runs. */
  readonly launch: Pick<LaunchOptions, 'supervisorPath' | 'graceMs' | 'format'>;
  /** Aborted: start nothing more. Runs that run go on by themselves. */
  readonly signal: AbortSignal;
  /** Called when this process works on the queue. */
  readonly onLead: () => void;
}

/**
 * Works on the queue of a store until there is nothing to do, unless another process does. Each
 * run gets a supervisor of its own: killing this process loses nothing, the next one goes on
 * where it was.
 */
export async function runQueue(options: QueueRunnerOptions): Promise<void> {
  const { runsDir } = options;
  for (;;) {
    const leadership = tryLead(runsDir);
    if (leadership === null) return;
    options.onLead();
    try {
      await new QueueRunner(options, leadership).work();
    } finally {
      leadership.release();
    }
    // Who queued a run just now may have taken us for somebody who will see it.
    if (options.signal.aborted || !hasWork(stateOf(runsDir, new QueueReader(runsDir).read())))
      return;
  }
}

class QueueRunner {
  readonly #runsDir: string;
  readonly #options: QueueRunnerOptions;
  readonly #leadership: Leadership;
  readonly #reader: QueueReader;
  readonly #others: OtherRuns;
  readonly #starting = new Map<string, Promise<void>>();
  /** Runs whose supervisor died, and that are being given another one. */
  readonly #recovering = new Set<string>();
  /** How often that failed, by run. */
  readonly #notRecovered = new Map<string, number>();
  readonly #alarm = new Alarm();
  #files: QueueFiles;
  #isLeader = true;
  #waitsForOthers = false;
  #failures = 0;

  constructor(options: QueueRunnerOptions, leadership: Leadership) {
    this.#options = options;
    this.#runsDir = options.runsDir;
    this.#leadership = leadership;
    this.#reader = new QueueReader(this.#runsDir);
    this.#others = new OtherRuns(this.#runsDir);
    this.#files = this.#reader.read();
  }

  async work(): Promise<void> {
    const { signal } = this.#options;
    const wake = (): void => {
      this.#alarm.ring();
    };
    signal.addEventListener('abort', wake);
    const watchers = this.#watch();
    const beat = setInterval(() => {
      this.#isLeader = this.#leadership.beat();
    }, BEAT_MS);
    try {
      while (!signal.aborted && this.#isLeader) {
        const start = performance.now();
        const busy = await this.#step();
        if (!busy && this.#starting.size === 0) return;
        // A very long queue takes time to look at: rest as long as that took.
        await sleep(performance.now() - start);
        await this.#alarm.wait(NET_MS);
      }
    } finally {
      clearInterval(beat);
      signal.removeEventListener('abort', wake);
      for (const watcher of watchers) watcher?.close();
      await Promise.all(this.#starting.values());
    }
  }

  #watch(): readonly (FSWatcher | null)[] {
    return [
      watchNames(queueDir(this.#runsDir), () => {
        this.#alarm.ring();
      }),
      watchNames(this.#runsDir, (name) => {
        const id = name.split('.', 1)[0] ?? '';
        const { taken, waiting } = this.#files;
        if (this.#waitsForOthers || taken.has(id) || waiting.has(id)) this.#alarm.ring();
      }),
    ];
  }

  /** Looks at everything once and starts what can start. @returns whether there is more to come. */
  async #step(): Promise<boolean> {
    this.#files = this.#reader.read();
    this.#forgetFailures();
    const filled = this.#settle();
    this.#waitsForOthers = filled.length < this.#files.settings.slots && (await this.#mustWait());
    // After the look at what has ended: a pause that came before an end must hold.
    this.#files = this.#reader.read();
    const { slots, resources, paused } = this.#files.settings;
    const free = new Map(slotTags(slots, resources));
    for (const slot of filled) free.delete(slot);
    // Slots that were lowered count, whichever of them are still filled.
    if (!paused && !this.#waitsForOthers) this.#fill(free, slots - filled.length);
    return this.#files.taken.size > 0 || this.#canStartLater();
  }

  async #mustWait(): Promise<boolean> {
    const { settings, waiting, taken } = this.#files;
    if (!settings.waitForRunning || settings.paused || waiting.size === 0) return false;
    return await this.#others.anyRuns(taken);
  }

  #canStartLater(): boolean {
    const { waiting, settings } = this.#files;
    const slots = slotTags(settings.slots, settings.resources);
    return (
      !settings.paused &&
      [...waiting].some(
        ([id, { resources }]) =>
          chooseSlot(slots, resources) !== null && standingOf(this.#runsDir, id) === 'ours',
      )
    );
  }

  /** Starts waiting runs in their order, `room` of them, each in a slot that suits it. */
  #fill(free: Map<number, readonly string[]>, room: number): void {
    const { waiting } = this.#files;
    let left = room;
    for (const id of startOrder(waiting)) {
      const entry = waiting.get(id);
      if (entry === undefined) continue;
      if (left <= 0) return;
      const slot = chooseSlot(free, entry.resources);
      if (slot === null) continue;
      const info = this.#candidate(id);
      if (info === null) continue;
      const taken = { ...entry, slot };
      writeTaken(this.#runsDir, id, taken);
      if (!removeEntry(this.#runsDir, id)) {
        // Somebody took it out of the queue at this instant.
        removeTaken(this.#runsDir, id);
        continue;
      }
      const devices = visibleDevices(free.get(slot) ?? [], entry.resources);
      free.delete(slot);
      left--;
      const start = this.#start(info, taken, devices).finally(() => {
        this.#starting.delete(id);
        this.#alarm.ring();
      });
      this.#starting.set(id, start);
    }
  }

  /** The row of a run that can be started now. One that never can be leaves the queue. */
  #candidate(id: string): RunInfo | null {
    const standing = standingOf(this.#runsDir, id);
    if (standing !== 'ours') {
      if (standing === 'foreign') this.#fail(id, RUN_IS_FOREIGN);
      removeEntry(this.#runsDir, id);
      return null;
    }
    const info = infoOf(this.#runsDir, id);
    // Somebody else is about to start it: then it leaves the queue by itself.
    return info?.status === 'staged' || info?.status === 'queued' ? info : null;
  }

  async #start(info: RunInfo, taken: TakenFile, devices: string | null): Promise<void> {
    const projectDir = readProjectRef(info.runsDir, info.id);
    const gpus = devices === null ? '' : ` with CUDA_VISIBLE_DEVICES=${devices}`;
    tell(info, `Taken by the queue: slot ${String(taken.slot)}${gpus}`);
    try {
      const env = withRecordedEnv(process.env, taken.env);
      await this.#launch(info, info.batch?.role === 'batch' ? 'batch' : 'start', {
        ...(projectDir !== null && { parentDir: projectDir }),
        env: devices === null ? env : { ...env, CUDA_VISIBLE_DEVICES: devices },
      });
      this.#failures = 0;
    } catch (error) {
      this.#notStarted(info, taken, error);
    }
  }

  async #launch(
    run: Pick<RunInfo, 'runsDir' | 'id'>,
    action: LaunchAction,
    settings: Pick<LaunchOptions, 'parentDir' | 'env'> = {},
  ): Promise<void> {
    await launchSupervisor({ ...this.#options.launch, ...settings, run, action });
  }

  /** A run that nobody else starts and that does not start leaves the queue, with the reason. */
  #notStarted(info: RunInfo, taken: TakenFile, error: unknown): void {
    const { runsDir, id } = info;
    const code = error instanceof RunyardError ? error.code : null;
    // Another one was faster, or it started although its supervisor died: its status tells.
    if (code === 'claimed' || !mayWait(runsDir, id)) return;
    if (code === 'supervisor') this.#failures++;
    const mustPause = code === 'supervisor' && this.#failures >= MAX_FAILURES;
    if (mustPause) writeSettings(runsDir, { paused: true });
    if (mustPause && this.#failures > MAX_FAILURES) {
      // It was being started when the others failed.
      writeBack(runsDir, id, taken);
    } else {
      const reason = describeError(error) + (mustPause ? '; the queue was paused' : '');
      this.#fail(id, reason);
      tell(info, `The queue could not start it: ${reason}`);
    }
    removeTaken(runsDir, id);
    pokeRun(info);
  }

  #fail(id: string, reason: string): void {
    writeFailed(this.#runsDir, id, { reason, timeMs: Date.now() });
  }

  /** What became of the runs that were taken. @returns the slots that are not free. */
  #settle(): readonly number[] {
    const filled: number[] = [];
    for (const [id, taken] of this.#files.taken) {
      if (this.#starting.has(id) || this.#fillsSlot(id, taken)) filled.push(taken.slot);
    }
    return filled;
  }

  #fillsSlot(id: string, taken: TakenFile): boolean {
    const runsDir = this.#runsDir;
    const info = infoOf(runsDir, id);
    if (info?.needsRecovery === true) this.#recover(info);
    if (info?.status === 'running' || info?.status === 'lost') return true;
    if (mayWait(runsDir, id) && !this.#files.waiting.has(id)) {
      if (claimHolder({ runsDir, id }) !== null) return true;
      // Whoever took it died before it was started.
      writeBack(runsDir, id, taken);
    }
    removeTaken(runsDir, id);
    this.#notRecovered.delete(id);
    return false;
  }

  /** Its supervisor was killed: its program is looked after again, or it is finalized. */
  #recover(info: RunInfo): void {
    const { id } = info;
    const failures = this.#notRecovered.get(id) ?? 0;
    if (this.#recovering.has(id) || failures >= MAX_FAILURES) return;
    this.#recovering.add(id);
    this.#launch(info, 'recover')
      .catch((error: unknown) => {
        // Another one may have been faster, for example a window.
        this.#notRecovered.set(id, failures + 1);
        tell(info, `The queue did not recover it: ${describeError(error)}`);
      })
      .finally(() => this.#recovering.delete(id));
  }

  #forgetFailures(): void {
    for (const id of this.#files.failed.keys()) {
      if (!mayWait(this.#runsDir, id)) removeFailed(this.#runsDir, id);
    }
  }
}

/** A line in the log of the run, when it has one still. */
function tell(run: Pick<RunInfo, 'metaPath'>, message: string): void {
  try {
    appendRunnerLog(run, message);
  } catch {
    // It ended or was deleted meanwhile.
  }
}
