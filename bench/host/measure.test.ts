import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hostContext } from '../../test/host/harness/context.ts';
import { api, root, runRows } from '../../test/host/helpers.ts';
import type { Measured } from '../extension.ts';

/** Runs in the extension host; bench/extension.ts reads what it notes. */
describe('measurements', () => {
  it('are taken', async () => {
    const { testing } = await api();
    assert.ok(testing !== undefined);
    await root();
    const start = performance.now();
    const rows = await runRows();
    const firstRowsMs = performance.now() - start;
    const measured: Measured = {
      session: hostContext().session,
      phase: hostContext().phase,
      activationMs: testing.activationMs,
      firstRowsMs,
      rows: rows.length,
      ...(await memory()),
    };
    const file = process.env['RUNYARD_BENCH_RESULTS'];
    assert.ok(file);
    appendFileSync(file, `${JSON.stringify(measured)}\n`);
  });
});

/** Memory of the extension host once it has come to rest. Bytes. */
async function memory(): Promise<{ heapUsed: number; rss: number }> {
  await sleep(3000);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}
