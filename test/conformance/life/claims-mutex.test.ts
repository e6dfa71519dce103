import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { z } from 'zod';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { tempDir } from '../../helpers/temp.ts';

const WORKER = join(repoRoot, 'test/helpers/mutex-worker.ts');
const PROCESSES = 6;
const ROUNDS = 1_500;
const ResultSchema = z.object({ held: z.number(), notAlone: z.number() });
type Result = z.infer<typeof ResultSchema>;

async function work(runsDir: string): Promise<Result> {
  const worker = fork(WORKER, [runsDir, String(ROUNDS)]);
  let result: Result | null = null;
  worker.once('message', (message) => {
    result = ResultSchema.parse(message);
  });
  await once(worker, 'exit');
  assert.ok(result, 'a worker ended without a result');
  return result;
}

test(
  'a claim has one holder, also while claims of runs that end are taken away',
  { timeout: 120_000 },
  async (t) => {
    const runsDir = tempDir(t);
    const results = await Promise.all(Array.from({ length: PROCESSES }, () => work(runsDir)));
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
