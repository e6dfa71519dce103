import * as vscode from 'vscode';
import { RunyardError, describeError } from '../../core/base/errors.ts';
import { showError } from './messages.ts';

const SHOW_LOG = 'Show Log';

/** A button of an error message, and what it does. */
interface MessageButton {
  readonly text: string;
  readonly press: () => void;
}

/** Shows errors to the person, each once, with the details in the log. */
export class Reporter {
  readonly #log: vscode.LogOutputChannel;
  readonly #shown = new WeakSet();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /**
   * Logs an error and shows it: what happened, what to do, and a way to the log. Cancellation
   * is no error. Returns at once; the message stays until it is closed.
   * @param doing what was being done, for the log.
   * @param button one besides the one that shows the log.
   */
  report(error: unknown, doing: string, button?: MessageButton): void {
    if (isCancellation(error)) {
      this.#log.info(`${doing}: cancelled`);
      return;
    }
    this.#log.error(`${doing}: ${detailsOf(error)}`);
    if (typeof error === 'object' && error !== null) {
      if (this.#shown.has(error)) return;
      this.#shown.add(error);
    }
    const buttons = button === undefined ? [SHOW_LOG] : [button.text, SHOW_LOG];
    void showError(messageOf(error), ...buttons).then((choice) => {
      if (choice === SHOW_LOG) this.#log.show();
      else if (choice !== undefined) button?.press();
    });
  }

  /** Shows one message for many runs that an action failed for. */
  reportMany(errors: readonly unknown[], doing: string): void {
    const [first] = errors;
    if (errors.length <= 1) {
      if (first !== undefined) this.report(first, doing);
      return;
    }
    for (const error of errors) this.#log.error(`${doing}: ${detailsOf(error)}`);
    const message = `${doing} failed for ${errors.length} runs. The first: ${messageOf(first)}`;
    void showError(message, SHOW_LOG).then((choice) => {
      if (choice !== undefined) this.#log.show();
    });
  }
}

/** True for what an abandoned wait throws. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof vscode.CancellationError) return true;
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled');
}

function messageOf(error: unknown): string {
  const text = describeError(error);
  const hint = error instanceof RunyardError ? error.hint : undefined;
  return hint === undefined ? text : `${text.replace(/\.$/, '')}. ${hint}`;
}

/** An error for the log, with its stack and its causes. */
export function detailsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\nCaused by: ${detailsOf(error.cause)}`;
}
