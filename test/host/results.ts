import { existsSync, readFileSync } from 'node:fs';
import type { Counts } from '../../scripts/lib/count-reporter.mts';
import { say } from '../../scripts/lib/say.mts';
import type { HostEvent } from './session.ts';

/** Follows the results of one phase, prints them as they come, and counts them. */
export class PhaseResults {
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  #printed = 0;
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #ended = false;
  #pid: number | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#timer = setInterval(() => this.#read(), 200);
  }

  /** The pid of the extension host, once it has said so. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /**
   * Ends following. A suite that has not said that it is finished, or that ran nothing, is a
   * failure of its own; `reason` tells why it stopped, if somebody knows.
   */
  close(reason: string | undefined): Counts {
    clearInterval(this.#timer);
    this.#read();
    if (!this.#ended || reason !== undefined) {
      this.#fail('the suite', reason ?? 'ended before it was finished');
    } else if (this.#passed + this.#failed === 0) {
      this.#fail('the suite', 'ran no test');
    }
    return { passed: this.#passed, failed: this.#failed, skipped: this.#skipped };
  }

  #read(): void {
    if (!existsSync(this.#file)) return;
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
    for (const line of lines.slice(this.#printed)) this.#handle(JSON.parse(line) as HostEvent);
    this.#printed = lines.length;
  }

  #handle(event: HostEvent): void {
    switch (event.type) {
      case 'start':
        this.#pid = event.pid;
        break;
      case 'pass':
        this.#passed += 1;
        say(`  ✔ ${event.title} (${String(event.ms)}ms)`);
        break;
      case 'skip':
        this.#skipped += 1;
        say(`  - ${event.title} (skipped)`);
        break;
      case 'fail':
        this.#fail(event.title, event.error);
        break;
      case 'log':
        say(`    ${event.text}`);
        break;
      case 'end':
        this.#ended = true;
        break;
    }
  }

  #fail(title: string, error: string): void {
    this.#failed += 1;
    say(`  ✖ ${title}`);
    for (const line of error.split('\n')) say(`      ${line}`);
  }
}
