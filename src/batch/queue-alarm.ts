/** Wakes whoever waits; a ring while nobody waits is not lost. */
export class Alarm {
  #due = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#due = true;
    this.#wake?.();
  }

  /** Waits for a ring, for `ms` milliseconds at most. Returns at once after a ring. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.#due) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
      });
    }
    clearTimeout(timer);
    this.#wake = null;
    this.#due = false;
  }
}
