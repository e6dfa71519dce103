import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { ensureGuild } from '../scripts/guild-venv.mts';
import { repoRoot } from '../scripts/lib/paths.mts';
import { readBatchRole } from '../src/core/meta/batch-file.ts';
import { readProcessFile } from '../src/core/meta/process-file.ts';
import { formatMs, runProgram, time, type Bench, type Result } from './lib.ts';

const cli = join(repoRoot, 'dist', 'cli.js');
const SLOTS = [1, 2, 4];

/** A batch of trials of `true`, beside the same list under `xargs -P` and under `guild run`. */
export const batch: Bench = async ({ dir, scale, log }) => {
  const trials = scale === 1 ? 200 : Math.max(4, Math.round(200 * scale));
  const guildTrials = Math.max(2, Math.round(trials / 10));
  const results: Result[] = [];
  for (const slots of SLOTS) {
    log(`${String(slots)} at a time`);
    const list = Array.from({ length: trials }, (_, i) => String(i + 1)).join('\n');
    const xargs = await time(
      async () => await execa('xargs', ['-P', String(slots), '-n', '1', 'true'], { input: list }),
    );
    const { ms, memory } = await runBatch(join(dir, `slots-${String(slots)}`), trials, slots);
    results.push(
      {
        what: `${String(trials)} trials of true, ${String(slots)} at a time, under xargs -P`,
        value: `${formatMs(xargs / trials)} a trial`,
      },
      {
        what: `the same as a batch: staged, isolated, recorded, finalized`,
        value: `${formatMs(ms / trials)} a trial`,
      },
      {
        what: `memory of the batch's supervisor, the most`,
        value: `${(memory / 1e6).toFixed(0)} MB resident`,
      },
    );
  }
  log(`guild run, ${String(guildTrials)} of the list`);
  const guildMs = await runGuild(join(dir, 'guild'), guildTrials);
  results.push({
    what: `guild run on the same list (its first ${String(guildTrials)}; always one at a time)`,
    value: `${formatMs(guildMs / guildTrials)} a trial`,
  });
  return results;
};

async function runBatch(
  dir: string,
  trials: number,
  slots: number,
): Promise<{ ms: number; memory: number }> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'gage.toml'), '[op]\nexec = "true"\nconfig = "op.py"\n');
  writeFileSync(join(dir, 'op.py'), 'n = 0\n');
  const runs = join(dir, 'runs');
  const args = ['batch', 'op', `n=range[1:${String(trials)}]`, '--slots', String(slots), '--wait'];
  let memory = 0;
  const ms = await time(async () => {
    const command = runProgram(process.execPath, [cli, ...args], {
      cwd: dir,
      env: { ...process.env, GAGE_RUNS: runs },
    });
    const ended = command.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([ended, sleep(100, false)])))
      memory = Math.max(memory, residentBytes(runs));
    await command;
  });
  return { ms, memory };
}

/** Resident memory of the process that looks after the batch in a store; 0 while there is none. */
function residentBytes(runs: string): number {
  try {
    for (const name of readdirSync(runs)) {
      const run = { metaPath: join(runs, name) };
      if (!name.endsWith('.meta') || readBatchRole(run)?.role !== 'batch') continue;
      const pid = readProcessFile(run)?.supervisor.pid ?? 0;
      const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    }
  } catch {
    // Not made yet, or ended.
  }
  return 0;
}

async function runGuild(dir: string, trials: number): Promise<number> {
  const guild = await ensureGuild();
  mkdirSync(join(dir, 'home'), { recursive: true });
  writeFileSync(join(dir, 'op.py'), 'n = 0\n');
  return await time(
    async () =>
      await runProgram(
        guild,
        ['-H', join(dir, 'home'), 'run', 'op.py', `n=range[1:${String(trials)}]`, '-y'],
        { cwd: dir },
      ),
  );
}
