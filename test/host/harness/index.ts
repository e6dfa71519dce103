import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';
import { randomFrom, shuffled } from '../../helpers/random.ts';
import { setHostContext } from './context.ts';
import type { HostContext, HostEvent } from './session.ts';

/**
 * Runs test files in this extension host. `load` evaluates one file after mocha's globals are
 * there. Results go to the context's file as they come. Rejects when a test fails, as VS Code
 * expects of `run()`. `seed` shuffles the tests of each suite: none needs the one before it.
 */
export async function runInHost(
  context: HostContext,
  files: readonly (readonly [name: string, load: () => Promise<unknown>])[],
  seed: number | null,
): Promise<void> {
  const report = (event: HostEvent): void =>
    appendFileSync(context.resultsFile, `${JSON.stringify(event)}\n`);
  report({ type: 'start', pid: process.pid });
  const begin = (file: string | undefined, title: string): void =>
    report({ type: 'begin', file: `test/host/${file ?? ''}`, title });
  setHostContext(context);
  // The base reporter prints nothing: results are taken from the runner's events.
  const mocha = new Mocha({
    ui: 'bdd',
    // Longer than a wait, which says what did not come.
    timeout: 90_000,
    slow: 5000,
    reporter: Mocha.reporters.Base,
  });
  let failures = 0;
  for (const [name, load] of files) {
    mocha.suite.emit('pre-require', globalThis, name, mocha);
    try {
      await load();
    } catch (error) {
      failures += 1;
      report({ type: 'fail', title: `${name} cannot be loaded`, error: describe(error) });
    }
  }
  if (seed !== null) shuffle(mocha.suite, randomFrom(seed));
  failures += await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('test', (test) => begin(test.file, test.fullTitle()))
      .on('hook', (hook: Mocha.Hook) => {
        // The name of a hook of one test would hide that of the test, which runs after it.
        if (hook.title.includes(' all" ')) begin(hook.file, hook.fullTitle());
      })
      .on('pass', (test) =>
        report({ type: 'pass', title: test.fullTitle(), ms: test.duration ?? 0 }),
      )
      .on('pending', (test) => report({ type: 'skip', title: test.fullTitle() }))
      .on('fail', (test, error: unknown) =>
        report({ type: 'fail', title: test.fullTitle(), error: describe(error) }),
      );
  });
  report({ type: 'end' });
  if (failures > 0) throw new Error(`${String(failures)} failed`);
}

/** Puts the tests of a suite, and of those in it, into an order that `random` gives. */
function shuffle(suite: Mocha.Suite, random: () => number): void {
  suite.tests = [...shuffled(suite.tests, random)];
  for (const inner of suite.suites) shuffle(inner, random);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
