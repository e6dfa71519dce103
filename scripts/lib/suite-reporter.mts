import { resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import type { ReporterLine } from './suite-ledger.mts';

/**
 * A reporter for `node --test`: writes a JSON line of {@link ReporterLine} for every test file
 * that begins and for everything that ends, when it happens. (`test:pass` and `test:fail` come
 * in the order of declaration: those of a file wait for the files before it.)
 */
export default async function* suiteReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const event of events) {
    const line = lineOf(event);
    if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}

function lineOf(event: TestEvent): ReporterLine | undefined {
  switch (event.type) {
    case 'test:dequeue': {
      const { file } = event.data;
      return isFile(event.data) && file !== undefined ? { type: 'file-begin', file } : undefined;
    }
    case 'test:complete': {
      const { file = '', name, details, skip, todo } = event.data;
      const { passed, duration_ms: ms } = details;
      const error: unknown = details.error;
      const kind = isFile(event.data) ? 'file' : details.type === 'suite' ? 'suite' : 'test';
      const skipped = isSet(skip) || isSet(todo);
      return {
        type: 'complete',
        kind,
        file,
        name,
        ms,
        outcome: skipped ? 'skipped' : passed ? 'passed' : 'failed',
        // What only says that something in it failed is no news.
        ...(!passed && !isSubtestsFailed(error) && { error: inspect(causeOf(error)) }),
      };
    }
    case 'test:summary': {
      if (event.data.file !== undefined) return undefined;
      const { tests, passed, skipped, todo } = event.data.counts;
      const notRun = skipped + todo;
      // A cancelled test and a file that fails outside of any test count as failed.
      return { type: 'summary', passed, failed: tests - passed - notRun, skipped: notRun };
    }
    default:
      return undefined;
  }
}

/** The runner makes a test of each file, whose name is the path that it was given. */
function isFile(data: { name: string; nesting: number; file?: string | undefined }): boolean {
  return data.nesting === 0 && data.file !== undefined && resolve(data.name) === data.file;
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}

function isSubtestsFailed(error: unknown): boolean {
  return error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
