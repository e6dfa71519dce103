import * as vscode from 'vscode';
import type { RunInfo } from '../../core/run/types.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Reporter } from '../base/reporter.ts';
import type { Settings } from '../base/settings.ts';
import type { OutputChannels } from '../output/channels.ts';
import type { Launcher } from '../processes/launcher.ts';
import { runTitle } from '../run/titles.ts';
import type { RunTransitions, Transition } from './transitions.ts';

/** More failures than this in one change get one message together. */
const MAX_MESSAGES = 3;

/**
 * Tells when a run fails that was started from this window, or was seen running in it. What a
 * person stopped has not failed.
 */
export class FailureNotices implements vscode.Disposable {
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
    if (!this.#settings.get('notifyOnFailure')) return;
    const failed = changes.filter((change) => this.#isFailure(change)).map(({ info }) => info);
    if (failed.length > MAX_MESSAGES) {
      this.#tell(`${failed.length} runs failed.`, null);
      return;
    }
    for (const info of failed) this.#tell(failureText(info), info);
  }

  #isFailure({ before, info }: Transition): boolean {
    if (this.#launcher.wasStopped(info.id) || info.container !== 'active') return false;
    // Of a batch is told when it ends; a trial is of interest to who has started it.
    if (info.batch?.role === 'batch') return info.status === 'lost' && before === 'running';
    if (info.batch?.role === 'trial' && !this.#launcher.isOwn(info.id)) return false;
    const failed =
      info.status === 'error' || info.status === 'terminated' || info.status === 'lost';
    return failed && (before === 'running' || before === 'lost' || this.#launcher.isOwn(info.id));
  }

  #tell(message: string, info: RunInfo | null): void {
    const button = info === null ? 'Show Runs' : 'Show Output';
    const show = async (): Promise<void> => {
      const choice = await vscode.window.showErrorMessage(message, button);
      if (choice === undefined) return;
      if (info === null) await vscode.commands.executeCommand('runyard.runs.focus');
      else await this.#channels.show(info);
    };
    show().catch((error: unknown) => {
      this.#reporter.report(error, 'Show Output');
    });
  }
}

/** What happened to a run that failed, in one sentence. */
export function failureText(info: RunInfo): string {
  const run = `Run ${runTitle(info)}`;
  if (info.status === 'lost') return `${run} is lost: ${info.reason ?? 'no sign of life'}.`;
  if (info.status === 'terminated')
    return `${run} was terminated${info.reason === null ? '' : `: ${info.reason}`}.`;
  return `${run} failed${info.exitCode === null ? '' : ` with exit code ${info.exitCode}`}.`;
}
