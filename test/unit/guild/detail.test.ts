import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { readGuildDetail, readGuildValues } from '../../../src/guild/detail.ts';
import { readGuildRun } from '../../../src/guild/run-info.ts';
import { WhereMatcher } from '../../../src/where/matcher.ts';
import { parseWhere } from '../../../src/where/parser.ts';
import { unpackGuildFixture, unpackGuildHome } from '../../helpers/guild/fixture.ts';
import { posix } from '../../helpers/posix.ts';
import { tempDir, writeTree, type TreeEntry } from '../../helpers/temp.ts';

const symlinks = posix('symbolic links');

function infoOf(runsDir: string, id: string): RunInfo {
  const run = readGuildRun(runsDir, id);
  assert.ok(run);
  return run.info;
}

/** A run with these files in its directory. */
function runWith(t: TestContext, files: Readonly<Record<string, TreeEntry>>): RunInfo {
  const runsDir = join(tempDir(t), 'runs');
  writeTree(join(runsDir, 'r1'), {
    '.guild/opref': "guildfile:/p/guild.yml '' '' train",
    ...files,
  });
  return infoOf(runsDir, 'r1');
}

describe('details of a run of a real home', () => {
  test('flags, command, attributes, files and output', async (t) => {
    const runsDir = join(unpackGuildHome(tempDir(t)), 'runs');
    const detail = await readGuildDetail(infoOf(runsDir, '1c5921d002c44a65a30bd01181fab6b7'));
    assert.deepEqual(detail.config, { mode: 'a', n: 2n, x: 2n });
    assert.deepEqual(detail.command, [
      '/usr/bin/python3',
      ...['-um', 'guild.op_main', 'train', '--mode', 'a', '--n', '2', '--x', '2'],
    ]);
    assert.equal(detail.projectDir, '/project');
    assert.deepEqual(detail.phases, [{ name: '40_run', bytes: 27, lines: 2 }]);
    assert.deepEqual(detail.manifest, [
      ['s', 'c8bdae3a29dcec35df3b8d79fe31dbbfe6125298', 'train.py'],
    ]);
    assert.equal(detail.attributes['random_seed'], 1894938254n);
    assert.deepEqual(detail.attributes['tags'], ['model']);
    assert.ok(!('flags' in detail.attributes) && !('deps' in detail.attributes));
    assert.equal(detail.summary, null);
  });

  test('a batch lists no files of its trials', async (t) => {
    const runsDir = join(unpackGuildHome(tempDir(t)), 'runs');
    const detail = await readGuildDetail(infoOf(runsDir, '3abe0ff243114218ac26ddde9128a09a'));
    assert.deepEqual(detail.manifest, []);
    assert.equal(detail.phases[0]?.lines, 63);
  });
});

describe('parts', () => {
  test('files are what the manifest says, the rest is generated', symlinks, async (t) => {
    const info = runWith(t, {
      '.guild/manifest':
        "s 'my file.py' aa 'my file.py'\nd data bb file:data\nd big.bin - file:/x\ni op.sh cc x\n",
      '.guild/sourcecode/old.py': '',
      '.guild/attrs/user': 'me',
      'my file.py': '',
      'data/a.csv': '',
      'data/deep/b.csv': '',
      'big.bin': '',
      'op.sh': '',
      'out/model.bin': '',
    });
    symlinkSync('/', join(info.runDir, 'root'));
    symlinkSync('data/a.csv', join(info.runDir, 'latest.csv'));
    const { manifest } = await readGuildDetail(info);
    assert.deepEqual(manifest, [
      ['s', '', '.guild/sourcecode/old.py'],
      ['d', '-', 'big.bin'],
      ['d', '', 'data/a.csv'],
      ['d', '', 'data/deep/b.csv'],
      ['g', '', 'latest.csv'],
      ['s', 'aa', 'my file.py'],
      ['r', 'cc', 'op.sh'],
      ['g', '', 'out/model.bin'],
    ]);
  });

  test('comments have author, time and text', async (t) => {
    const info = runWith(t, {
      '.guild/attrs/comments':
        "- body: 'hello\n\n    two lines'\n  host: vm\n  time: 1795256312268074\n  user: me\n- nonsense\n",
    });
    assert.deepEqual((await readGuildDetail(info)).comments, [
      { id: '1', author: 'me@vm', timestampMs: 1795256312268, msg: 'hello\ntwo lines' },
    ]);
  });

  test('scalars are metrics, and filters find runs by them', async (t) => {
    const dir = tempDir(t);
    unpackGuildFixture('events.tar.gz', dir, 'evrun');
    writeTree(join(dir, 'evrun', '.guild'), {
      opref: "script:/p '' '' a.py",
      'attrs/exit_status': '0\n',
      'attrs/flags': 'lr: 0.1\n',
      'attrs/host': 'vm\n',
    });
    const info = infoOf(dir, 'evrun');
    const { summary } = await readGuildDetail(info);
    assert.deepEqual(Object.keys(summary?.['metrics'] ?? {}), [
      ...['acc', 'eval#bad', 'eval#loss', 'eval#packed', 'loss'],
    ]);
    const matches = async (text: string): Promise<boolean> => {
      const parsed = parseWhere(text);
      assert.ok(parsed.ok);
      return await new WhereMatcher(parsed.expression).match(info, new Date(), readGuildValues);
    };
    assert.ok(await matches('loss < 0.2'));
    assert.ok(!(await matches('loss > 0.2')));
    assert.ok(await matches('config.lr = 0.1 and host = vm and status = completed'));
  });

  test('broken parts are empty', async (t) => {
    const info = runWith(t, {
      '.guild/attrs/flags': '[',
      '.guild/attrs/cmd': '{}',
      '.guild/attrs/comments': 'x',
      '.guild/manifest': 'what is this\n',
    });
    const detail = await readGuildDetail(info);
    assert.deepEqual([detail.config, detail.command, detail.comments], [{}, null, []]);
    assert.deepEqual([detail.manifest, detail.phases], [[], []]);
  });
});
