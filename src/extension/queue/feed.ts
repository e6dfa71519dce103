import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { queueDir } from '../../core/status/marks.ts';
import { hasWork, listQueue, setQueue, type QueueState } from '../../queue/queue.ts';
import { watchQueue } from '../../queue/watch.ts';
import { Coalescer } from '../base/coalescer.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import type { Launcher } from '../processes/launcher.ts';
import type { RunsTree } from '../runs/view/tree.ts';
import type { RunsChange, StoreEntry, Stores } from '../stores/stores.ts';
import type { ForeignQueue } from './foreign.ts';

/** A queue that waits is looked at this often even when nothing seems to happen. Milliseconds. */
const LOOK_MS = 15_000;
/** The process of a queue that does not stay is started again after this. Milliseconds. */
const PATIENCE_MS = 10_000;
/** One that cannot be started, as in a store that is read-only, after this. Milliseconds. */
const FAILED_MS = 600_000;

interface Followed {
  readonly entry: StoreEntry;
  readonly watch: { dispose(): void };
  state: QueueState | null;
  /** How often it was looked at. */
  looks: number;
  startedMs: number;
}

/**
 * Shows the queues of the stores, and sees to it that a process works on what waits in them:
 * also after a reboot, when this window is the first to look.
 */
export class QueueFeed implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #stores: Stores;
  readonly #tree: RunsTree;
  readonly #launcher: Launcher;
  readonly #foreign: ForeignQueue;
  readonly #log: vscode.LogOutputChannel;
  readonly #followed = new Map<string, Followed>();
  readonly #soon = this.#own.add(
    new Coalescer<string>((keys) => {
      for (const key of keys) this.#background(this.#read(key));
    }),
  );
  readonly #timer: NodeJS.Timeout;

  constructor(
    stores: Stores,
    tree: RunsTree,
    launcher: Launcher,
    settings: Settings,
    foreign: ForeignQueue,
    log: vscode.LogOutputChannel,
  ) {
    this.#stores = stores;
    this.#tree = tree;
    this.#launcher = launcher;
    this.#foreign = foreign;
    this.#log = log;
    this.#own.add(stores.onDidChangeRuns((event) => this.#onRuns(event)));
    this.#own.add(stores.onDidChangeList(() => this.#onList()));
    this.#own.add(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#soon.add(this.#followed.keys())),
    );
    this.#own.add(
      settings.onDidChange((affects) => {
        if (affects('queue.slots')) this.#setSlots(settings.get('queue.slots'));
      }),
    );
    this.#timer = setInterval(() => {
      const waiting = [...this.#followed].filter(([, { state }]) => isOfInterest(state));
      this.#soon.add(waiting.map(([key]) => key));
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Looks at the queue of a store now, and starts its process when there is work. */
  async refresh(runsDir: string): Promise<void> {
    const entry = this.#stores.entryOf(runsDir);
    if (entry === undefined || entry.kind === 'guild') return;
    // A person waits for it: the process may have ended a moment ago, with nothing to do.
    this.#follow(entry).startedMs = -Infinity;
    await this.#read(entry.key);
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const { watch } of this.#followed.values()) this.#own.add(watch);
    this.#followed.clear();
    this.#own.dispose();
  }

  /** A person who changes the setting means the queues that are there. */
  #setSlots(slots: number): void {
    for (const { entry } of this.#followed.values()) {
      if (!this.#stores.trust.isTrusted(entry.runsDir)) continue;
      if (existsSync(queueDir(entry.runsDir))) setQueue(entry.runsDir, { slots });
    }
    this.#soon.add(this.#followed.keys());
  }

  #onRuns({ entry, change }: RunsChange): void {
    if (entry.kind === 'guild') return;
    const followed = this.#follow(entry);
    const { state } = followed;
    const waited = new Set([...(state?.entries ?? []), ...(state?.running ?? [])].map((e) => e.id));
    const changed = change.first ? [] : change.changed;
    if (change.first || changed.some(({ id, status }) => status === 'queued' || waited.has(id))) {
      this.#soon.add([entry.key]);
    }
  }

  #onList(): void {
    for (const [key, { entry, watch }] of this.#followed) {
      if (this.#stores.entry(key) === entry) continue;
      watch.dispose();
      this.#followed.delete(key);
    }
  }

  #follow(entry: StoreEntry): Followed {
    let followed = this.#followed.get(entry.key);
    if (followed === undefined) {
      const watch = watchQueue(entry.runsDir, () => {
        this.#soon.add([entry.key]);
      });
      followed = { entry, watch, state: null, looks: 0, startedMs: -Infinity };
      this.#followed.set(entry.key, followed);
      this.#soon.add([entry.key]);
    }
    return followed;
  }

  async #read(key: string): Promise<void> {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    const { runsDir } = followed.entry;
    const look = ++followed.looks;
    const state = await listQueue(runsDir);
    // A later look may have been faster, and the store may have gone.
    if (look !== followed.looks || this.#followed.get(key) !== followed) return;
    followed.state = state;
    this.#tree.setQueue(key, state);
    if (state.foreign.length > 0 && vscode.workspace.isTrusted) {
      this.#background(this.#offer(runsDir));
    }
    if (state.runner !== null || !hasWork(state) || !vscode.workspace.isTrusted) return;
    if (Date.now() - followed.startedMs < PATIENCE_MS) return;
    // Until it has started, it has failed: nothing else is tried meanwhile, either.
    followed.startedMs = Date.now() + FAILED_MS;
    if (await this.#launcher.ensureQueueRunner(runsDir))
      this.#log.info(`The queue of ${runsDir} goes on`);
    followed.startedMs = Date.now();
  }

  /** The question stays open as long as the person likes: nothing waits for it. */
  async #offer(runsDir: string): Promise<void> {
    if (await this.#foreign.offer(runsDir)) await this.refresh(runsDir);
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#log.warn(`Looking at a queue failed: ${describeError(error)}`);
    });
  }
}

function isOfInterest(state: QueueState | null): boolean {
  return state !== null && (state.entries.length > 0 || state.running.length > 0);
}
