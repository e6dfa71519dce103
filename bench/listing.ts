import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureGage } from '../scripts/gage-venv.mts';
import { repoRoot } from '../scripts/lib/paths.mts';
import { listRuns } from '../src/core/store/read.ts';
import { RunStore } from '../src/core/store/run-store.ts';
import { formatMs, formatRatio, medianTime, runProgram, type Bench } from './lib.ts';
import { writeStore } from './store.ts';

/** Listing 10,000 runs, beside `gage list` on the same store. */
export const listing: Bench = async ({ dir, scale, log }) => {
  const count = Math.round(10_000 * scale);
  const runsDir = join(dir, 'runs');
  mkdirSync(runsDir);
  log(`Writing ${String(count)} runs`);
  writeStore(runsDir, count);
  const gage = await ensureGage();
  const env = { ...process.env, PYTHONWARNINGS: 'ignore' };
  const cli = join(repoRoot, 'dist', 'cli.js');
  const gageList = (store: string): Promise<void> =>
    runProgram(gage, ['--runs', store, 'list', '-n', '20'], { env, cwd: dir });
  const ourList = (store: string): Promise<void> =>
    runProgram(process.execPath, [cli, 'list', '--runs', store, '--limit', '20'], { cwd: dir });

  const empty = join(dir, 'empty');
  mkdirSync(empty);
  await gageList(runsDir);
  const theirs = await medianTime(3, () => gageList(runsDir));
  const theirStart = await medianTime(3, () => gageList(empty));
  const ours = await medianTime(5, () => ourList(runsDir));
  const ourStart = await medianTime(5, () => ourList(empty));
  const library = await medianTime(5, () => listRuns(runsDir));

  const options = { runsDir, cacheFile: join(dir, 'index.db') };
  const cold = await loadOnce(options);
  const warms = [];
  for (let i = 0; i < 5; i++) warms.push(await loadOnce(options));
  const warm = warms.sort((a, b) => a.first - b.first)[2] ?? cold;
  const wanted = scale === 1 ? 300 : Infinity;
  return [
    { what: `gage list -n 20, ${String(count)} runs`, value: formatMs(theirs) },
    { what: 'gage list, empty store (start of Python)', value: formatMs(theirStart) },
    {
      what: 'runyard list --limit 20, no index',
      value: `${formatMs(ours)}, ${formatRatio(theirs / ours)} as fast`,
      limit: '10 times as fast as gage list',
      ok: theirs / ours >= 10,
    },
    { what: 'runyard list, empty store (start of Node)', value: formatMs(ourStart) },
    {
      what: 'the same without starting a program',
      value: `${formatMs(library)}, ${formatRatio((theirs - theirStart) / library)} as fast`,
    },
    { what: 'RunStore, first load, index written', value: formatMs(cold.whole) },
    {
      what: 'RunStore with the index, first rows',
      value: formatMs(warm.first),
      limit: 'first paint under 300 ms',
      ok: warm.first < wanted,
    },
    { what: 'RunStore with the index, all rows checked', value: formatMs(warm.whole) },
  ];
};

/** Time to the first rows, which is when a view paints, and to the end of the load. Milliseconds. */
async function loadOnce(options: {
  runsDir: string;
  cacheFile: string;
}): Promise<{ readonly first: number; readonly whole: number }> {
  const store = new RunStore(options);
  try {
    const begin = performance.now();
    let first = 0;
    store.onDidChange(() => {
      if (first === 0) first = performance.now() - begin;
    });
    await store.load();
    return { first, whole: performance.now() - begin };
  } finally {
    store.dispose();
  }
}
