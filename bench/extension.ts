import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeTree } from '../test/helpers/temp.ts';
import { runHostSuite } from '../test/host/harness/run.ts';
import type { HostSession } from '../test/host/harness/session.ts';
import { formatMs, type Bench } from './lib.ts';
import { writeStore } from './store.ts';

const MeasuredSchema = z.object({
  session: z.string(),
  phase: z.string(),
  activationMs: z.number(),
  /** Until the first page of the Runs view is there. */
  firstRowsMs: z.number(),
  rows: z.number(),
  /** Bytes. */
  heapUsed: z.number(),
  /** Bytes. */
  rss: z.number(),
});
/** What bench/host/measure.test.ts notes. */
export type Measured = z.infer<typeof MeasuredSchema>;

/** Activation, first page and memory, in the extension host of a real VS Code. */
export const extension: Bench = async ({ dir, scale, log }) => {
  const count = Math.round(10_000 * scale);
  const results = join(dir, 'measured.jsonl');
  const files = ['../../bench/host/measure.test.ts'];
  const session = (name: string, runs: number, phases: readonly string[]): HostSession => ({
    name,
    workspace: (folder) => {
      writeTree(folder, { 'gage.toml': '[train]\nexec = "python3 train.py"\n' });
      if (runs > 0) writeStore(join(folder, '.gage', 'runs'), runs);
    },
    env: { RUNYARD_BENCH_RESULTS: results },
    phases: phases.map((phase) => ({ name: phase, files })),
  });
  log('Starting VS Code');
  const from = [
    session('no runs', 0, ['first', 'again']),
    session('runs', count, ['first', 'again']),
  ];
  const { failed } = await runHostSuite({ only: [], from });
  if (failed > 0 || !existsSync(results)) throw new Error('The measurement in VS Code failed.');
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n');
  const measured = lines.map((line) => MeasuredSchema.parse(JSON.parse(line)));
  const of = (name: string, phase: string): Measured => {
    const found = measured.find((m) => m.session === name && m.phase === phase);
    if (found === undefined) throw new Error(`Nothing was measured for ${name}, ${phase}.`);
    return found;
  };
  const empty = of('no runs', 'again');
  const cold = of('runs', 'first');
  const warm = of('runs', 'again');
  const added = warm.heapUsed - empty.heapUsed;
  return [
    {
      what: 'activation, no runs, our own time',
      value: formatMs(empty.activationMs),
      limit: 'under 50 ms',
      ok: empty.activationMs < 50,
    },
    { what: `first page of ${String(count)} runs, no index`, value: formatMs(cold.firstRowsMs) },
    {
      what: `first page of ${String(count)} runs, with the index`,
      value: formatMs(warm.firstRowsMs),
      limit: 'under 300 ms',
      ok: warm.firstRowsMs < 300,
    },
    {
      what: `heap that ${String(count)} runs add to the extension host`,
      value: `${(added / 1e6).toFixed(0)} MB`,
      limit: 'under 60 MB',
      ok: added < 60e6,
    },
    {
      what: 'whole extension host, all of VS Code in it',
      value: `${(warm.heapUsed / 1e6).toFixed(0)} MB heap, ${(warm.rss / 1e6).toFixed(0)} MB resident`,
    },
  ];
};
