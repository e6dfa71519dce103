import * as vscode from 'vscode';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import type { Stores } from '../stores/stores.ts';
import { ChannelFeed } from './channel-feed.ts';
import type { OutputWindows } from './windows.ts';

/** Channels that are open at the same time; the one not shown for longest goes first. */
const MAX_CHANNELS = 8;

/** Language of the channels, defined in `package.json`. */
const OUTPUT_LANGUAGE = 'runyard-output';

interface OpenChannel {
  readonly channel: vscode.OutputChannel;
  readonly feed: ChannelFeed;
}

/** One output channel for each run whose output was opened. */
export class OutputChannels implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #stores: Stores;
  readonly #settings: Settings;
  readonly #windows: OutputWindows;
  readonly #log: vscode.LogOutputChannel;
  /** In the order of use, the latest last. */
  readonly #open = new Map<string, OpenChannel>();

  constructor(
    stores: Stores,
    settings: Settings,
    windows: OutputWindows,
    log: vscode.LogOutputChannel,
  ) {
    this.#stores = stores;
    this.#settings = settings;
    this.#windows = windows;
    this.#log = log;
    this.#own.add(
      stores.onDidChangeRuns(({ entry, change }) => {
        for (const id of change.removed) this.#close(keyOf(entry.runsDir, id));
        if (this.#open.size === 0) return;
        for (const info of change.changed)
          this.#open.get(keyOf(info.runsDir, info.id))?.feed.update(info);
      }),
    );
  }

  /** Number of open channels. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Shows the channel of a run and feeds it. Resolves when what was there is in the channel.
   */
  async show(info: RunInfo, preserveFocus = true): Promise<void> {
    const key = keyOf(info.runsDir, info.id);
    const open = this.#open.get(key) ?? this.#create(info);
    this.#open.delete(key);
    this.#open.set(key, open);
    this.#closeOldest();
    open.channel.show(preserveFocus);
    open.feed.update((await this.#stores.info(info.runsDir, info.id)) ?? info);
    await open.feed.caughtUp;
  }

  /** Closes the channel of a run. */
  close(info: Pick<RunInfo, 'runsDir' | 'id'>): void {
    this.#close(keyOf(info.runsDir, info.id));
  }

  dispose(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
    this.#own.dispose();
  }

  #create(info: RunInfo): OpenChannel {
    const channel = vscode.window.createOutputChannel(`Run ${runTitle(info)}`, OUTPUT_LANGUAGE);
    const feed = new ChannelFeed(info, {
      append: (text) => {
        channel.append(text);
      },
      maxLines: this.#settings.get('output.maxLines'),
      link: (name, bytes, count) => this.#windows.link(info, name, bytes, count),
      onError: (error) => {
        this.#log.error(`Reading the output of run ${info.name} failed: ${String(error)}`);
      },
    });
    return { channel, feed };
  }

  #closeOldest(): void {
    for (const key of this.#open.keys()) {
      if (this.#open.size <= MAX_CHANNELS) return;
      this.#close(key);
    }
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    open.feed.dispose();
    open.channel.dispose();
  }
}

function keyOf(runsDir: string, id: string): string {
  return `${runsDir}\n${id}`;
}
