import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { installOnce } from '../../../scripts/lib/install-once.mts';
import { WAIT_MS, find, tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

const module = new URL('../../../scripts/lib/install-once.mts', import.meta.url).href;

/** A process that installs into `dir`: logs its pid, waits for the file `go`, finishes. */
function installer(root: string, dir: string): string {
  return `
    import { installOnce } from ${JSON.stringify(module)};
    import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    await installOnce({ dir: ${JSON.stringify(dir)}, what: 'it', install: async (target) => {
      appendFileSync(${JSON.stringify(join(root, 'installs'))}, process.pid + '\\n');
      writeFileSync(target + '/content', 'half');
      while (!existsSync(${JSON.stringify(join(root, 'go'))})) await setTimeout(10);
      writeFileSync(target + '/content', 'whole');
    } });`;
}

const run = (script: string) =>
  execa(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: WAIT_MS,
    reject: false,
  });

test('two processes install once', async (t) => {
  const root = tempDir(t);
  const dir = join(root, 'thing-1.0');
  const children = [run(installer(root, dir)), run(installer(root, dir))];
  await waitFor(() => existsSync(join(root, 'installs')));
  writeFileSync(join(root, 'go'), '');
  const codes = (await Promise.all(children)).map((result) => result.exitCode);
  assert.deepEqual(codes, [0, 0]);
  assert.equal(readFileSync(join(root, 'installs'), 'utf8').split('\n').length - 1, 1);
  assert.deepEqual(find(root), [
    'go',
    'installs',
    'thing-1.0/.runyard-complete',
    'thing-1.0/content',
  ]);
  assert.equal(readFileSync(join(dir, 'content'), 'utf8'), 'whole');
});

test('an installation that was killed is done again, and leaves nothing', async (t) => {
  const root = tempDir(t);
  const dir = join(root, 'thing-1.0');
  const child = run(installer(root, dir));
  await waitFor(() => find(root).some((path) => path.endsWith('/content')));
  child.kill('SIGKILL');
  assert.equal((await child).signal, 'SIGKILL');
  assert.equal(existsSync(dir), false);
  await installOnce({
    dir,
    what: 'it',
    install: (target) => {
      writeTree(target, { content: 'again' });
      return Promise.resolve();
    },
  });
  assert.deepEqual(find(root), ['installs', 'thing-1.0/.runyard-complete', 'thing-1.0/content']);
});

test('a directory without the mark is not an installation', async (t) => {
  const root = tempDir(t);
  const dir = join(root, 'env');
  writeTree(dir, { leftover: '' });
  const install = (target: string): Promise<void> => {
    writeTree(target, { fresh: '' });
    return Promise.resolve();
  };
  await installOnce({ dir, what: 'it', inPlace: true, install });
  assert.deepEqual(find(dir), ['.runyard-complete', 'fresh']);
});

test('a failed installation says why and does not count', async (t) => {
  const root = tempDir(t);
  const dir = join(root, 'thing');
  const install = (): Promise<void> => Promise.reject(new Error('no network'));
  await assert.rejects(installOnce({ dir, what: 'it', install }), /no network/);
  assert.deepEqual(find(root), []);
});
