import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repoRoot } from '../scripts/lib/paths.mts';
import { launchSupervisor } from '../src/core/launch/launch.ts';
import { readProcessFile } from '../src/core/meta/process-file.ts';
import { runMetaPath } from '../src/core/run/run.ts';
import type { Run } from '../src/core/run/types.ts';
import { isFinal } from '../src/core/status/status.ts';
import { readRunInfo } from '../src/core/store/read.ts';
import { openProject } from '../src/opdef/project.ts';
import { newRun } from '../src/operation/new-run.ts';
import { formatMs, median, time, type Bench } from './lib.ts';

const supervisorPath = join(repoRoot, 'dist', 'supervisor.cjs');

/** From Run to the first line of the user's process, beside starting it by hand. */
export const start: Bench = async ({ dir, scale }) => {
  const times = scale === 1 ? 11 : 3;
  writeFileSync(join(dir, 'gage.toml'), '[hello]\nexec = ["python3", "-u", "hello.py"]\n');
  const script = 'import time\nprint(time.time(), flush=True)\ntime.sleep(1)\n';
  writeFileSync(join(dir, 'hello.py'), script);
  const byHand: number[] = [];
  const ours: number[] = [];
  const spawned: number[] = [];
  const memory: number[] = [];
  for (let i = 0; i < times; i++) {
    byHand.push(await time(() => firstLineByHand(dir)));
    const result = await firstLineOfRun(dir);
    ours.push(result.lineMs);
    spawned.push(result.spawnMs);
    memory.push(result.memory);
  }
  const added = median(ours) - median(byHand);
  return [
    { what: 'python3 hello.py by hand, to its first line', value: formatMs(median(byHand)) },
    {
      what: 'Run, to the first line in output/40_run',
      value: `${formatMs(median(ours))}, ${formatMs(added)} more`,
    },
    {
      what: 'start of the supervisor, to the process of a staged run',
      value: formatMs(median(spawned)),
      limit: 'under 150 ms',
      ok: median(spawned) < 150,
    },
    {
      what: 'memory of the supervisor',
      value: `${(median(memory) / 1e6).toFixed(0)} MB resident`,
      limit: 'under 60 MB',
      ok: median(memory) < 60e6,
    },
    {
      what: 'dist/supervisor.cjs',
      value: `${(statSync(supervisorPath).size / 1000).toFixed(0)} kB`,
      limit: 'under 330 kB',
      ok: statSync(supervisorPath).size < 330_000,
    },
  ];
};

async function firstLineByHand(dir: string): Promise<void> {
  // Raw spawn: what is measured is its first byte, without anything of ours between.
  const child = spawn('python3', ['-u', 'hello.py'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout.once('data', resolve);
  });
  child.kill();
}

async function firstLineOfRun(
  dir: string,
): Promise<{ lineMs: number; spawnMs: number; memory: number }> {
  const env = { ...process.env, GAGE_RUNS: join(dir, 'runs') };
  const begin = performance.now();
  const project = await openProject(dir, { env });
  const { run } = await newRun(project, 'hello');
  await launchSupervisor({ supervisorPath, run, action: 'stage+start', projectDir: dir });
  const output = runMetaPath(run, 'output', '40_run');
  await until(() => sizeOf(output) > 0);
  const lineMs = performance.now() - begin;
  const pid = readProcessFile(run)?.supervisor.pid ?? 0;
  const memory = residentBytes(pid);
  await untilFinal(run);

  // Again in two steps, for the start alone.
  const { run: second } = await newRun(project, 'hello');
  const { staged } = await launchSupervisor({
    supervisorPath,
    run: second,
    action: 'stage',
    projectDir: dir,
  });
  await staged;
  const startBegin = performance.now();
  const launched = launchSupervisor({ supervisorPath, run: second, action: 'start' });
  await until(() => sizeOf(runMetaPath(second, 'proc', 'lock')) > 0);
  const spawnMs = performance.now() - startBegin;
  await launched;
  await untilFinal(second);
  return { lineMs, spawnMs, memory };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Resident memory of a process; 0 where /proc does not tell. */
function residentBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function untilFinal(run: Run): Promise<void> {
  await until(async () => isFinal((await readRunInfo(run.runsDir, run.id))?.status ?? 'unknown'));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('Waited for a minute.');
    await sleep(1);
  }
}
