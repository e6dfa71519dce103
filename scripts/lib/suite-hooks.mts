/**
 * Imported into every test file's process: notes which test begins and ends, at once and
 * synchronously. Node's own events wait for the event loop, so a test that blocks it (a named
 * pipe opened with `openSync`) would be stopped without anybody knowing its name.
 */
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { HookLine } from './suite-ledger.mts';

/** Where the notes go; set by the runner of a suite. */
const notes = process.env['RUNYARD_TEST_NOTES'];
const file = process.argv[1];

// Threads and programs that a test starts may inherit our flags: they are no test files.
if (
  notes !== undefined &&
  isMainThread &&
  process.env['NODE_TEST_CONTEXT'] !== undefined &&
  file !== undefined &&
  /\.test\.m?ts$/.test(file)
) {
  const { afterEach, beforeEach } = await import('node:test');
  const note = (line: HookLine): void => appendFileSync(notes, `${JSON.stringify(line)}\n`);
  beforeEach((context: unknown) => {
    const { name, fullName } = context as HookContext;
    note({ type: 'begin', file, name, fullName, at: Date.now() });
  });
  afterEach((context: unknown) => {
    const { name, fullName, passed } = context as HookContext;
    note({ type: 'end', file, name, fullName, at: Date.now(), passed });
  });
}

/** What Node 24 gives to hooks; the types are those of Node 22. */
interface HookContext {
  readonly name: string;
  readonly fullName: string;
  readonly passed: boolean;
}
