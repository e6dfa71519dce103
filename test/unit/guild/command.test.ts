import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { guildArgs } from '../../../src/guild/actions.ts';
import { candidates, findGuildCommand } from '../../../src/guild/command.ts';
import { posix } from '../../helpers/posix.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

/** A program called `guild` that prints a text. @returns its path. */
function program(dir: string, name: string, says: string, code = 0): string {
  writeTree(dir, { [`${name}/x`]: '' });
  const path = join(dir, name, 'guild');
  writeFileSync(path, `#!/bin/sh\necho "${says}"\nexit ${String(code)}\n`);
  chmodSync(path, 0o755);
  return path;
}

const shell = posix('a shell');

describe('the guild command is verified before it is used (guild-format.md 6.4)', shell, () => {
  test('another program of that name is passed over', async (t) => {
    const dir = tempDir(t);
    const agent = program(dir, 'npm', '@guildai/cli 1.2.3');
    const real = program(dir, 'py', 'guild 0.9.0');
    const env = { PATH: `${join(dir, 'npm')}:${join(dir, 'py')}:/usr/bin:/bin` };
    const found = await findGuildCommand({ given: '', folders: [], env });
    assert.deepEqual(found, { path: real, version: '0.9.0' });
    await assert.rejects(
      findGuildCommand({ given: agent, folders: [], env }),
      (error) =>
        error instanceof RunyardError &&
        error.code === 'guild' &&
        error.message === `${agent} is not Guild AI: it answered '@guildai/cli 1.2.3'`,
    );
  });

  test('the project’s environment is before that of the PATH, a setting before both', async (t) => {
    const dir = tempDir(t);
    const own = program(dir, 'proj/.venv/bin', 'guild 0.8.2');
    const onPath = program(dir, 'path', 'guild 0.9.0');
    const given = program(dir, 'given', 'guild 0.7.1.dev2');
    const env = { PATH: `${join(dir, 'path')}:/usr/bin:/bin` };
    const folders = [join(dir, 'proj')];
    const path = async (set: string): Promise<string> =>
      (await findGuildCommand({ given: set, folders, env })).path;
    assert.equal(await path(''), own);
    assert.equal(await path(given), given);
    assert.equal((await findGuildCommand({ given: '', folders: [], env })).path, onPath);
  });

  test('none is an error that says what to do', async (t) => {
    const dir = tempDir(t);
    const failing = program(dir, 'bad', 'Traceback', 1);
    const env = { PATH: join(dir, 'bad') };
    await assert.rejects(
      findGuildCommand({ given: '', folders: [], env: { PATH: dir } }),
      (error) => error instanceof RunyardError && /pip install guildai/.test(error.hint ?? ''),
    );
    await assert.rejects(findGuildCommand({ given: '', folders: [], env }), new RegExp(failing));
  });

  test('the interpreter of the project comes first', () => {
    const [first] = candidates({
      given: '',
      folders: ['/p'],
      python: '/envs/a/bin/python',
      env: { VIRTUAL_ENV: '/envs/b', PATH: '/bin' },
    });
    assert.equal(first, '/envs/a/bin/guild');
  });
});

describe('arguments', () => {
  test('texts cannot become options, ids are whole', () => {
    const id = '1ad72a4efe3a4024ac18ae91048643d3';
    assert.deepEqual(guildArgs('/h', { kind: 'label', text: '--help' }, [id]), [
      ...['-H', '/h', 'label', '--set=--help', '-y', '--', id],
    ]);
    assert.deepEqual(guildArgs('/h', { kind: 'tag', add: ['-a', 'b c'], remove: ['d'] }, [id]), [
      ...['-H', '/h', 'tag', '--add=-a', '--add=b c', '--delete=d', '-y', '--', id],
    ]);
    assert.deepEqual(guildArgs('/h', { kind: 'delete' }, [id, '-x']), [
      ...['-H', '/h', 'runs', 'rm', '-y', '--', id, '-x'],
    ]);
  });

  test('an id that Guild would take for a place in its list is refused', () => {
    for (const id of ['3', '1_0', '1:3', ':']) {
      assert.throws(() => guildArgs('/h', { kind: 'delete' }, [id]), /place in its list/);
    }
    assert.ok(guildArgs('/h', { kind: 'delete' }, ['12345678901234567890123456789012']));
  });
});
