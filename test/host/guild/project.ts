import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cleanEnv } from '../../helpers/cli.ts';
import { unpackGuildHome } from '../../helpers/guild/fixture.ts';
import { guildProgram } from '../../helpers/guild/guild.ts';
import { writeTree } from '../../helpers/temp.ts';

const SCRIPT = `import time
x = 1
wait = 0.0
print("x: %f" % x, flush=True)
print("loss: %f" % (100 - x), flush=True)
time.sleep(wait)
`;

/**
 * A project with a Guild home in it: that of the fixture, and what the real `guild` made just
 * now: a batch of two staged trials, one that has run, and a slow staged run. It is in the project's environment.
 */
export async function writeGuildProject(dir: string): Promise<void> {
  const program = await guildProgram();
  writeTree(dir, { 'op.py': SCRIPT });
  mkdirSync(join(dir, '.venv', 'bin'), { recursive: true });
  symlinkSync(program, join(dir, '.venv', 'bin', 'guild'));
  renameSync(unpackGuildHome(dir), join(dir, '.guild'));
  const guild = async (...args: readonly string[]): Promise<void> => {
    await execa(program, ['-H', join(dir, '.guild'), ...args], {
      cwd: dir,
      env: cleanEnv({ TERM: 'dumb' }),
      extendEnv: false,
      stdin: 'ignore',
      timeout: 60_000,
    });
  };
  await guild('run', 'op.py', 'x=[7,8]', '--stage-trials', '--keep-batch', '-y');
  await guild('run', 'op.py', 'x=[20,30]', '--keep-batch', '-y');
  await guild('run', 'op.py', 'wait=600.0', '--label', 'slow', '--stage', '-y');
}
