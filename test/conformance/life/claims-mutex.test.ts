import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { z } from 'zod';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { nextMessage } from '../../helpers/processes/processes.ts';
import { tempDir } from '../../helpers/temp.ts';

const WORKER = join(repoRoot, 'test/conformance/life/mutex-worker.ts');
const PROCESSES = 6;
const ROUNDS = 1_500;
/** Six processes that never sleep take their time where others work too. Milliseconds. */
const LIMIT_MS = 240_000;
const ResultSchema = z.object({ held: z.number(), notAlone: z.number() });
type Result = z.infer<typeof ResultSchema>;

async function work(t: TestContext, runsDir: string): Promise<Result> {
  const worker = fork(WORKER, [runsDir, String(ROUNDS)]);
  t.after(() => worker.kill('SIGKILL'));
  return ResultSchema.parse(await nextMessage(worker, LIMIT_MS));
}

test(
  'a claim has one holder, also while claims of runs that end are taken away',
  { timeout: LIMIT_MS },
  async (t) => {
    const runsDir = tempDir(t);
    const results = await Promise.all(Array.from({ length: PROCESSES }, () => work(t, runsDir)));
    assert.ok(results.every(({ held }) => held > 0));
    assert.equal(
      results.reduce((sum, { notAlone }) => sum + notAlone, 0),
      0,
    );
    const left = readdirSync(join(runsDir, '.runyard', 'locks'));
    assert.deepEqual(
      left.filter((name) => name !== 'a'),
      [],
    );
  },
);
