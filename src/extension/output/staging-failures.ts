import { readRunDetail } from '../../core/status/run-detail.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Stores } from '../stores/stores.ts';
import type { OutputChannels } from './channels.ts';

/** Tells of runs that could not be staged. */
export class StagingFailures {
  readonly #stores: Stores;
  readonly #channels: OutputChannels;
  readonly #reporter: Reporter;

  constructor(stores: Stores, channels: OutputChannels, reporter: Reporter) {
    this.#stores = stores;
    this.#channels = channels;
    this.#reporter = reporter;
  }

  /** Shows the error, with a way to the output when a hook has printed something. Never rejects. */
  async report(error: unknown, runsDir: string, id: string): Promise<void> {
    const printed = await this.#hasOutput(runsDir, id);
    const press = (): void => {
      this.#show(runsDir, id).catch((reason: unknown) => {
        this.#reporter.report(reason, 'Show Output');
      });
    };
    this.#reporter.report(error, 'Staging', printed ? { text: 'Show Output', press } : undefined);
  }

  async #hasOutput(runsDir: string, id: string): Promise<boolean> {
    try {
      const info = await this.#stores.info(runsDir, id);
      if (info === null) return false;
      const { phases } = await readRunDetail(info);
      return phases.some(({ bytes }) => bytes > 0);
    } catch {
      // What cannot be read cannot be shown either; the error itself matters more.
      return false;
    }
  }

  async #show(runsDir: string, id: string): Promise<void> {
    const info = await this.#stores.info(runsDir, id);
    if (info !== null) await this.#channels.show(info);
  }
}
