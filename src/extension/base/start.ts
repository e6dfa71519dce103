import { describeError } from '../../core/base/errors.ts';
import { Lazy } from './lazy.ts';

/** What tells that the extension could not start. */
export interface StartSigns {
  /** Views, which are empty without it. */
  readonly views: readonly { message?: string }[];
  /** Shows an error to the person, and logs it. */
  show(error: Error): void;
  /** Notes a failure that has been shown already. */
  log(error: Error): void;
  /** Called when it has started after it had failed: the views are filled. */
  refresh(): void;
}

/**
 * Starts with the first use. While that fails the views say why, and the next use tries again.
 * Hovers and lenses try too: the person is told once of the same failure.
 */
export class Start<T> {
  readonly #lazy: Lazy<T>;
  readonly #signs: StartSigns;
  /** Why it has failed the last time. */
  #failure = '';

  constructor(load: () => Promise<T>, signs: StartSigns) {
    this.#signs = signs;
    this.#lazy = new Lazy(() => this.#try(load));
  }

  /** True while it is there or on its way. */
  get isWanted(): boolean {
    return this.#lazy.isWanted;
  }

  /** Rejects with a {@link startError}. */
  get(): Promise<T> {
    return this.#lazy.get();
  }

  async #try(load: () => Promise<T>): Promise<T> {
    try {
      const started = await load();
      if (this.#failure !== '') this.#recover();
      return started;
    } catch (cause) {
      throw this.#fail(startError(cause));
    }
  }

  #fail(error: Error): Error {
    if (error.message === this.#failure) this.#signs.log(error);
    else this.#signs.show(error);
    this.#failure = error.message;
    const text = viewText(error);
    for (const view of this.#signs.views) view.message = text;
    return error;
  }

  #recover(): void {
    this.#failure = '';
    // Some views say other things by now.
    for (const view of this.#signs.views) if (view.message?.startsWith(FAILED)) view.message = '';
    this.#signs.refresh();
  }
}

const FAILED = 'Runyard could not start: ';

/** That the extension could not start, and why, in one line. */
export function startError(cause: unknown): Error {
  // A module that is not found lists all who wanted it.
  const [reason = ''] = describeError(cause).split('\n', 1);
  return new Error(`${FAILED}${reason.replace(/\.$/, '')}`, { cause });
}

function viewText(error: Error): string {
  return `${error.message}. Run “Runyard: Refresh” to try again.`;
}
