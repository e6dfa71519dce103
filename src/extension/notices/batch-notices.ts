import * as vscode from 'vscode';
import type { RunInfo } from '../../core/run/types.ts';
import { isFinal } from '../../core/status/status.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Settings } from '../base/settings.ts';
import type { OutputChannels } from '../output/channels.ts';
import type { Launcher } from '../processes/launcher.ts';
import { readTrials } from '../run/read.ts';
import { RESTART_FAILED, RESUME, SHOW_OUTPUT, batchNotice } from './batch-notice.ts';
import type { RunTransitions, Transition } from './transitions.ts';

/**
 * Tells once that a batch has ended which was started from this window, or was seen running in
 * it. Its trials are not told of one by one.
 */
export class BatchNotices implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #launcher: Launcher;
  readonly #channels: OutputChannels;
  readonly #settings: Settings;
  readonly #reporter: Reporter;

  constructor(
    transitions: RunTransitions,
    launcher: Launcher,
    channels: OutputChannels,
    settings: Settings,
    reporter: Reporter,
  ) {
    this.#launcher = launcher;
    this.#channels = channels;
    this.#settings = settings;
    this.#reporter = reporter;
    this.#own.add(transitions.onDidChange((changes) => this.#onChange(changes)));
  }

  dispose(): void {
    this.#own.dispose();
  }

  #onChange(changes: readonly Transition[]): void {
    if (!this.#settings.get('notifyOnBatchEnd')) return;
    for (const change of changes) {
      if (!this.#isEnd(change)) continue;
      this.#tell(change.info).catch((error: unknown) => {
        this.#reporter.report(error, 'End of a batch');
      });
    }
  }

  /** A person who has stopped a batch knows that it has ended. */
  #isEnd({ before, info }: Transition): boolean {
    if (info.batch?.role !== 'batch' || info.container !== 'active') return false;
    if (!isFinal(info.status) || this.#launcher.wasStopped(info.id)) return false;
    return before === 'running' || before === 'lost' || this.#launcher.isOwn(info.id);
  }

  async #tell(info: RunInfo): Promise<void> {
    const notice = batchNotice(info, await readTrials(info));
    const show = notice.isGood
      ? vscode.window.showInformationMessage
      : vscode.window.showWarningMessage;
    const choice = await show(notice.text, ...notice.buttons);
    if (choice === SHOW_OUTPUT) await this.#channels.show(info);
    else if (choice === RESTART_FAILED)
      await vscode.commands.executeCommand('runyard.restartFailedTrials', info);
    else if (choice === RESUME) await vscode.commands.executeCommand('runyard.resumeBatch', info);
  }
}
