import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../../scripts/lib/say.mts';
import type { SuiteResult, TimedTest } from '../../../scripts/lib/test-results.mts';
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
  #closed = false;
  #pid: number | undefined;
  /** The test file whose tests run now. */
  #testFile = 'test/host';
  /** What has begun and not ended. */
  #running: { readonly title: string; readonly since: number } | undefined;
  /** When the last test ended, or else when we began. */
  #lastEnd = Date.now();
  readonly #tests: TimedTest[] = [];
  readonly #failures: string[] = [];

  constructor(file: string) {
    this.#file = file;
    this.#timer = setInterval(() => this.#read(), 200);
  }

  /** The pid of the extension host, once it has said so. */
  get pid(): number | undefined {
    this.#read();
    return this.#pid;
  }

  /** Resolves to the reason when no test has ended for `limitMs`. */
  async stalled(limitMs: number): Promise<string> {
    while (!this.#closed && Date.now() - this.#lastEnd < limitMs) await sleep(200);
    return `stopped: no test had ended for ${String(limitMs / 1000)} s`;
  }

  /**
   * Ends following. A suite that has not said that it is finished, or that ran nothing, is a
   * failure of its own, under the name of the test that was running; `reason` tells why it
   * stopped, if somebody knows.
   */
  close(reason: string | undefined): SuiteResult {
    clearInterval(this.#timer);
    this.#closed = true;
    this.#read();
    if (!this.#ended || reason !== undefined) {
      this.#fail(this.#running?.title ?? 'the suite', reason ?? 'ended before it was finished');
    } else if (this.#passed + this.#failed === 0) {
      this.#fail('the suite', 'ran no test');
    }
    return {
      passed: this.#passed,
      failed: this.#failed,
      skipped: this.#skipped,
      tests: this.#tests,
      failures: this.#failures,
    };
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
      case 'begin':
        this.#testFile = event.file;
        this.#running = { title: event.title, since: Date.now() };
        break;
      case 'pass':
        this.#passed += 1;
        this.#tests.push({ file: this.#testFile, name: event.title, ms: event.ms });
        this.#endTest();
        say(`  ✔ ${event.title} (${String(event.ms)}ms)`);
        break;
      case 'skip':
        this.#skipped += 1;
        this.#endTest();
        say(`  - ${event.title} (skipped)`);
        break;
      case 'fail':
        this.#fail(event.title, event.error);
        this.#endTest();
        break;
      case 'log':
        say(`    ${event.text}`);
        break;
      case 'end':
        this.#ended = true;
        break;
    }
  }

  #endTest(): void {
    this.#running = undefined;
    this.#lastEnd = Date.now();
  }

  #fail(title: string, error: string): void {
    this.#failed += 1;
    this.#failures.push(`${this.#testFile}: ${title}`);
    if (this.#running !== undefined) {
      const ms = Date.now() - this.#running.since;
      this.#tests.push({ file: this.#testFile, name: title, ms });
    }
    say(`  ✖ ${title}`);
    for (const line of error.split('\n')) say(`      ${line}`);
  }
}
