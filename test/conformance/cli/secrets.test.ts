import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { CLI_PATH, cleanEnv } from '../../helpers/cli.ts';
import { posix } from '../../helpers/posix.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

const SECRET = 'hf_abc123';
const GAGE_FILE = `
[train]
exec = '''echo "\${#HF_TOKEN} letters"; echo x > made.txt'''
config = ["train.py", ".env"]
sourcecode = ["*.py", ".env"]
`;

/** `runyard ARGS` under a umask, as a shell sets it. */
async function run(dir: string, umask: string, ...args: readonly string[]): Promise<string> {
  const script = `umask ${umask}; exec "$@"`;
  const words = ['-c', script, 'sh', process.execPath, CLI_PATH, ...args];
  const { stdout } = await promisify(execFile)('sh', words, {
    cwd: dir,
    env: cleanEnv(),
    timeout: 60_000,
  });
  return stdout;
}

function project(t: TestContext): string {
  return writeTree(join(tempDir(t), 'demo'), {
    'gage.toml': GAGE_FILE,
    'train.py': 'lr = 0.1\n',
    '.env': 'API_KEY=key_abc123\n',
  });
}

/** Permission bits by path, of all files and directories below. */
function modes(dir: string): Map<string, number> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return new Map(names.map((name) => [name, lstatSync(join(dir, name)).mode & 0o777]));
}

const octal = (mode: number | undefined): string => (mode ?? 0).toString(8);

describe('what a run has of --env', posix('permission bits'), () => {
  test('is readable by its owner only when a name looks secret, and shown nowhere', async (t) => {
    const dir = project(t);
    const store = join(dir, '.gage/runs');
    const given = ['--env', `HF_TOKEN=${SECRET}`, '--env', 'A=1'];
    const made = JSON.parse(
      await run(dir, '022', 'run', 'train', ...given, '--wait', '--json'),
    ) as {
      id: string;
    };
    const meta = join(store, `${made.id}.meta`);
    assert.match(readFileSync(join(meta, 'output/40_run'), 'utf8'), /^9 letters/);
    assert.ok(readFileSync(join(meta, 'proc/env.json'), 'utf8').includes(SECRET));
    for (const [name, mode] of modes(meta)) {
      if (name.startsWith('runyard') || lstatSync(join(meta, name)).isDirectory()) continue;
      assert.equal(octal(mode), name === 'proc/env.json' ? '400' : '444', name);
    }
    for (const args of [
      ['show', made.id],
      ['show', made.id, '--json'],
      ['list'],
      ['list', '--json'],
      ['output', made.id],
      ['run', 'train', ...given, '--preview'],
      ['run', 'train', ...given, '--preview', '--json'],
      ['batch', 'train', 'lr=[1,2]', ...given, '--preview', '--json'],
    ]) {
      const printed = await run(dir, '022', ...args);
      assert.ok(!printed.includes(SECRET), args.join(' '));
      assert.ok(!printed.includes('key_abc123'), args.join(' '));
    }
    assert.match(await run(dir, '022', 'show', made.id), /API_KEY +\*\*\*/);
  });

  test('is as readable as the rest when no name does', async (t) => {
    const dir = project(t);
    const made = JSON.parse(await run(dir, '022', 'stage', 'train', '--env', 'A=1', '--json')) as {
      id: string;
    };
    const path = join(dir, '.gage/runs', `${made.id}.meta`, 'proc/env.json');
    assert.equal(octal(lstatSync(path).mode & 0o777), '444');
  });

  test('is kept so by a batch and its trials', async (t) => {
    const dir = project(t);
    await run(dir, '022', 'batch', 'train', 'lr=[1,2]', '--env', `HF_TOKEN=${SECRET}`, '--wait');
    const secret = [...modes(join(dir, '.gage/runs'))].filter(([name]) => {
      const path = join(dir, '.gage/runs', name);
      return lstatSync(path).isFile() && readFileSync(path, 'utf8').includes(SECRET);
    });
    assert.equal(secret.length, 3);
    for (const [name, mode] of secret) assert.equal(mode & 0o077, 0, name);
  });

  test('nothing of a run is for others under umask 077, also when it is restarted', async (t) => {
    const dir = project(t);
    await run(dir, '077', 'run', 'train', '--wait');
    await run(dir, '077', 'batch', 'train', 'lr=[1,2]', '--wait');
    await run(dir, '077', 'restart', '1', '--all', '--wait');
    const store = join(dir, '.gage/runs');
    const open = [...modes(store)].filter(([name, mode]) => {
      // Copies have the bits of their source, in a directory that nobody else may enter.
      const isCopy = /^[0-9a-f-]+\/(?:train\.py|\.env)$/.test(name);
      return !isCopy && (mode & 0o077) !== 0;
    });
    assert.deepEqual(open, []);
    assert.ok(modes(store).size > 50);
  });
});
