import { join } from 'node:path';
import { execa } from 'execa';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { cleanEnv } from '../../helpers/cli.ts';
import { writeBatchProject } from '../batches/files.ts';

/** A project with a paused queue, in which a staged run waits. */
export async function writeQueuedProject(dir: string): Promise<void> {
  writeBatchProject(dir);
  const runyard = [join(repoRoot, 'dist/cli.js'), '-C', dir];
  for (const args of [
    ['stage', 'hello'],
    ['queue', 'pause'],
    ['queue', 'add', '1'],
  ]) {
    const options = { env: cleanEnv(), extendEnv: false, timeout: 60_000 };
    await execa(process.execPath, [...runyard, ...args], options);
  }
}
