import assert from 'node:assert/strict';
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { execa } from 'execa';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { listRuns } from '../../../../src/core/store/read.ts';
import { DisposableStore } from '../../../../src/extension/base/disposables.ts';
import {
  listRunFiles,
  MAX_RUN_FILE,
  readRunFile,
  statRunFile,
} from '../../../../src/extension/run/files.ts';
import { parseRunUri, runUri, type RunPlace } from '../../../../src/extension/run/uri.ts';
import { unpackFixture } from '../../../helpers/fixtures.ts';
import { posix } from '../../../helpers/posix.ts';
import { linkToDevice, makePipe } from '../../../helpers/special-files.ts';
import { WAIT_MS, removeTree, tempDir, writeTree } from '../../../helpers/temp.ts';

const shell = posix('a shell');

describe('URIs of files of runs', () => {
  const places: readonly RunPlace[] = [
    { kind: 'files', storeKey: 'abc123', id: 'r-1', path: '' },
    { kind: 'files', storeKey: 'abc123', id: 'r-1', path: 'dir/a b#?%é.py' },
    { kind: 'meta', storeKey: 'abc123', id: 'r-1', path: 'output/40_run' },
    { kind: 'lines', storeKey: 'abc123', id: 'r-1', phase: '40_run', from: 10, to: 20 },
  ];
  for (const place of places) {
    it(`come back as they were: ${runUri(place)}`, () => {
      const url = new URL(runUri(place));
      assert.equal(url.protocol, 'runyard:');
      assert.deepEqual(parseRunUri(url.host, decodeURIComponent(url.pathname)), place);
    });
  }

  for (const path of [
    '/r-1/files/../../etc/passwd',
    '/r-1/files/a/../b',
    '/r-1/files/a//b',
    '/r-1/meta/..\\x',
    '/../files/x',
    '/.archives/files/x',
    '/r-1/other/x',
    '/r-1/lines/40_run/x-y/z',
    '/r-1/files/a\0b',
    '/r\\1/files/a',
    '/',
    '',
  ]) {
    it(`never leave the run: ${path}`, () => {
      assert.throws(() => parseRunUri('abc123', path), /not a path inside a run/);
    });
  }
});

describe('files of runs', () => {
  for (const fixture of ['head', 'release'] as const) {
    it(`are read from a ${fixture} store, directory or zip`, async (t) => {
      const runsDir = unpackFixture(fixture, tempDir(t));
      const run = (await listRuns(runsDir)).find((info) => info.status === 'completed');
      assert.ok(run !== undefined);
      const meta = (path: string) => ({ kind: 'meta', storeKey: 's', id: run.id, path }) as const;
      const names = (await listRunFiles(run, meta('')))?.map(({ name }) => name) ?? [];
      assert.ok(names.includes('opref') && names.includes('output') && names.includes('proc'));
      const output = await listRunFiles(run, meta('output'));
      assert.ok(output?.some(({ name, directory }) => name === '40_run' && !directory));
      const stat = await statRunFile(run, meta('output/40_run'));
      const bytes = await readRunFile(run, meta('output/40_run'));
      assert.ok(stat !== null && bytes !== null);
      assert.equal(stat.size, bytes.length);
      assert.equal((await statRunFile(run, meta('output')))?.directory, true);
      assert.equal(await statRunFile(run, meta('no/such')), null);
      assert.equal(await readRunFile(run, meta('no-such')), null);
      assert.equal(await listRunFiles(run, meta('nothing')), null);
    });
  }
});

describe('what a run holds may be anything', () => {
  async function someRun(t: TestContext): Promise<RunInfo> {
    const runsDir = unpackFixture('head', tempDir(t));
    const run = (await listRuns(runsDir)).find((info) => info.status === 'completed');
    assert.ok(run !== undefined);
    chmodSync(run.runDir, 0o755);
    return run;
  }
  const files = (run: RunInfo, path: string) =>
    ({ kind: 'files', storeKey: 's', id: run.id, path }) as const;

  it('links out of the run are not followed, others are', posix('links'), async (t) => {
    const run = await someRun(t);
    const outside = writeTree(tempDir(t), { 'secret.txt': 'secret', 'dir/a': 'a' });
    writeFileSync(join(run.runDir, 'own.txt'), 'own');
    symlinkSync(join(outside, 'secret.txt'), join(run.runDir, 'secret.txt'));
    symlinkSync(join(outside, 'dir'), join(run.runDir, 'dir'));
    symlinkSync('own.txt', join(run.runDir, 'link.txt'));
    symlinkSync('nowhere', join(run.runDir, 'gone.txt'));
    const user = `${run.id}.user`;
    writeTree(join(run.runsDir, user), { note: 'note' });
    symlinkSync(join('..', user, 'note'), join(run.runDir, 'note'));
    const refused = { code: 'unsafe-path', message: /is a link out of the run, to .*(secret|dir)/ };
    for (const path of ['secret.txt', 'dir', 'dir/a']) {
      await assert.rejects(statRunFile(run, files(run, path)), refused, path);
      await assert.rejects(readRunFile(run, files(run, path)), refused, path);
      await assert.rejects(listRunFiles(run, files(run, path)), refused, path);
    }
    const linked = await readRunFile(run, files(run, 'link.txt'));
    assert.equal(Buffer.from(linked ?? []).toString(), 'own');
    assert.equal((await statRunFile(run, files(run, 'link.txt')))?.size, 3);
    assert.equal(await readRunFile(run, files(run, 'gone.txt')), null);
    assert.equal((await statRunFile(run, files(run, 'note')))?.size, 4);
  });

  it('a run directory that is a link is no directory of the run', posix('links'), async (t) => {
    const run = await someRun(t);
    const outside = writeTree(tempDir(t), { 'secret.txt': 'secret' });
    removeTree(run.runDir);
    symlinkSync(outside, run.runDir);
    for (const path of ['', 'secret.txt']) {
      await assert.rejects(statRunFile(run, files(run, path)), { code: 'unsafe-path' });
    }
    await assert.rejects(readRunFile(run, files(run, 'secret.txt')), { code: 'unsafe-path' });
  });

  it('pipes and devices are told apart and never opened', posix('named pipes'), async (t) => {
    const run = await someRun(t);
    makePipe(join(run.runDir, 'pipe'));
    await assert.rejects(statRunFile(run, files(run, 'pipe')), {
      code: 'unreadable',
      message: 'pipe is a named pipe, not a file',
    });
    await assert.rejects(readRunFile(run, files(run, 'pipe')), { code: 'unreadable' });
    linkToDevice(join(run.runDir, 'zero'));
    await assert.rejects(readRunFile(run, files(run, 'zero')), { code: 'unsafe-path' });
  });

  it('a very large file is no document', async (t) => {
    const run = await someRun(t);
    writeFileSync(join(run.runDir, 'large'), '');
    truncateSync(join(run.runDir, 'large'), MAX_RUN_FILE + 1);
    await assert.rejects(readRunFile(run, files(run, 'large')), {
      code: 'unreadable',
      message: /large has 64 MB; documents of runs have at most 64 MB$/,
    });
  });
});

describe('owning disposables', () => {
  it('disposes in reverse order, and late additions at once', () => {
    const order: string[] = [];
    const own = new DisposableStore();
    own.add({ dispose: () => order.push('a') });
    own.add({ dispose: () => order.push('b') });
    own.dispose();
    own.add({ dispose: () => order.push('late') });
    own.dispose();
    assert.deepEqual(order, ['b', 'a', 'late']);
  });
});

describe('the command on the PATH of terminals', () => {
  it('is a batch file on Windows, in which no path stands for a variable', async () => {
    const { cliScripts } = await import('../../../../src/extension/processes/cli-scripts.ts');
    const { cmd } = cliScripts('C:\\%OS%\\Code.exe', "C:\\it's 100%! ^&\\cli.js");
    assert.deepEqual(cmd.split('\r\n'), [
      '@echo off',
      'setlocal DisableDelayedExpansion',
      'set ELECTRON_RUN_AS_NODE=1',
      '"C:\\%%OS%%\\Code.exe" "C:\\it\'s 100%%! ^&\\cli.js" %*',
      '',
    ]);
  });

  it('runs a script by the Node of the editor, whatever the paths', shell, async (t) => {
    const { cliScripts } = await import('../../../../src/extension/processes/cli-scripts.ts');
    const dir = tempDir(t, "runyard it's a-");
    const cli = join(dir, 'cli $x.mjs');
    writeFileSync(cli, 'console.log(JSON.stringify(process.argv.slice(2)));');
    const script = join(dir, 'runyard');
    writeFileSync(script, cliScripts(process.execPath, cli).sh, { mode: 0o755 });
    const { stdout } = await execa(script, ['list', 'a b', "c'd"], {
      stdin: 'ignore',
      timeout: WAIT_MS,
    });
    assert.deepEqual(JSON.parse(stdout), ['list', 'a b', "c'd"]);
  });
});
