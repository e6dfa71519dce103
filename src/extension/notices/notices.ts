import * as vscode from 'vscode';
import type { RunInfo } from '../../core/run/types.ts';
import { isFinal } from '../../core/status/status.ts';
import { DisposableStore } from '../base/disposables.ts';
import { showError, showInformation, showWarning } from '../base/messages.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Settings } from '../base/settings.ts';
import type { OutputChannels } from '../output/channels.ts';
import type { Launcher } from '../processes/launcher.ts';
import { readTrialStates } from '../run/read.ts';
import {
  batchNotice,
  failureNotice,
  failuresNotice,
  type Notice,
  type NoticeButton,
} from './texts.ts';
import type { RunTransitions, Transition } from './transitions.ts';

/** More failures than this in one change get one message together. */
const MAX_MESSAGES = 3;

/**
 * Tells once that a run has failed, or a batch has ended, which was started from this window or
 * was seen running in it. What a person stopped has not failed, and they know that it has ended.
 */
export class Notices implements vscode.Disposable {
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
    const ours = changes.filter((change) => this.#isOurs(change));
    if (this.#settings.get('notifyOnFailure')) {
      this.#tellFailures(ours.filter((change) => this.#isFailure(change)).map(({ info }) => info));
    }
    if (!this.#settings.get('notifyOnBatchEnd')) return;
    for (const { info } of ours) {
      if (info.batch?.role !== 'batch' || !isFinal(info.status)) continue;
      this.#tell(
        info,
        async () => batchNotice(info, await readTrialStates(info)),
        'End of a batch',
      );
    }
  }

  #isOurs({ before, info }: Transition): boolean {
    if (info.container !== 'active' || this.#launcher.wasStopped(info.id)) return false;
    return before === 'running' || before === 'lost' || this.#launcher.isOwn(info.id);
  }

  #isFailure({ before, info }: Transition): boolean {
    // Of a batch is told when it ends; a trial is of interest to who has started it.
    if (info.batch?.role === 'batch') return info.status === 'lost' && before === 'running';
    if (info.batch?.role === 'trial' && !this.#launcher.isOwn(info.id)) return false;
    return info.status === 'error' || info.status === 'terminated' || info.status === 'lost';
  }

  #tellFailures(failed: readonly RunInfo[]): void {
    if (failed.length > MAX_MESSAGES) {
      this.#tell(null, () => failuresNotice(failed.length), 'Show Runs');
      return;
    }
    for (const info of failed) this.#tell(info, () => failureNotice(info), 'Show Output');
  }

  /** @param info what the buttons act on. */
  #tell(info: RunInfo | null, notice: () => Notice | Promise<Notice>, doing: string): void {
    const show = async (): Promise<void> => {
      const { text, kind, buttons } = await notice();
      const choice = await (kind === 'good'
        ? showInformation(text, ...buttons)
        : kind === 'warning'
          ? showWarning(text, ...buttons)
          : showError(text, ...buttons));
      if (choice !== undefined) await this.#press(choice, info);
    };
    show().catch((error: unknown) => {
      this.#reporter.report(error, doing);
    });
  }

  async #press(button: NoticeButton, info: RunInfo | null): Promise<void> {
    switch (button) {
      case 'Show Runs':
        await vscode.commands.executeCommand('runyard.runs.focus');
        break;
      case 'Show Output':
        if (info !== null) await this.#channels.show(info);
        break;
      case 'Restart Failed':
        await vscode.commands.executeCommand('runyard.restartFailedTrials', info);
        break;
      case 'Resume':
        await vscode.commands.executeCommand('runyard.resumeBatch', info);
    }
  }
}
