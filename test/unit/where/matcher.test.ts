import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import type { Where } from '../../../src/where/ast.ts';
import { filterRuns } from '../../../src/where/matcher.ts';
import { parseWhere } from '../../../src/where/parser.ts';
import { tempDir } from '../../helpers/temp.ts';
import { makeStore } from '../../host/runs/stores.ts';

function where(text: string): Where {
  const parsed = parseWhere(text);
  assert.ok(parsed.ok);
  return parsed.expression;
}

async function labels(runs: AsyncIterable<RunInfo>): Promise<string[]> {
  const found: string[] = [];
  for await (const { label } of runs) found.push(label ?? '');
  return found;
}

describe('selecting runs by an expression', () => {
  it('yields them in their order, over rows and files', async (t) => {
    const runsDir = tempDir(t);
    makeStore(runsDir, 12);
    const runs = await listRuns(runsDir);
    const select = async (text: string): Promise<string[]> =>
      await labels(filterRuns(runs, where(text), { now: new Date() }));
    assert.deepEqual(await select('lr >= 0.8 and op == train'), ['number-9', 'number-8']);
    assert.equal((await select('')).length, 12);
  });

  it('reads the files of a run only when its row does not decide', async (t) => {
    const runsDir = tempDir(t);
    makeStore(runsDir, 3);
    const runs = await listRuns(runsDir);
    // Whoever reads the files of these runs finds nothing.
    renameSync(runsDir, `${runsDir}-away`);
    mkdirSync(runsDir);
    t.after(() => rmSync(`${runsDir}-away`, { recursive: true }));
    const now = new Date();
    assert.equal(
      (await labels(filterRuns(runs, where('op == train and ns == workspace'), { now }))).length,
      3,
    );
    assert.equal((await labels(filterRuns(runs, where('config.lr != null'), { now }))).length, 0);
    assert.deepEqual(
      await labels(filterRuns(runs, where('op == x and config.lr == null'), { now })),
      [],
    );
  });

  it('stops when it is told to', async (t) => {
    const runsDir = tempDir(t);
    makeStore(runsDir, 3);
    const runs = await listRuns(runsDir);
    const abort = new AbortController();
    const reason = new Error('enough');
    const found: RunInfo[] = [];
    await assert.rejects(async () => {
      for await (const run of filterRuns(runs, where('lr < 1'), {
        now: new Date(),
        signal: abort.signal,
      })) {
        found.push(run);
        abort.abort(reason);
      }
    }, reason);
    assert.equal(found.length, 1);
  });
});
