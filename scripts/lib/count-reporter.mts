import type { TestEvent } from 'node:test/reporters';

/** What one run of a suite counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * A reporter for `node --test`: writes one JSON object of {@link Counts} at the end.
 * A cancelled test and a file that fails outside of any test count as failed.
 */
export default async function* countReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    const notRun = skipped + todo;
    const counts: Counts = { passed, failed: tests - passed - notRun, skipped: notRun };
    yield JSON.stringify(counts);
  }
}
