import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Pace } from '../../../src/core/base/pace.ts';
import { encodeLine } from '../../../src/core/data/json.ts';
import { parseYaml11 } from '../../../src/core/data/yaml11.ts';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { readGuildRun } from '../../../src/guild/run-info.ts';
import { guildRows, scanGuildRuns } from '../../../src/guild/scan.ts';
import { expectedGuildRuns, snapshot, unpackGuildHome } from '../../helpers/guild/fixture.ts';
import { posix } from '../../helpers/posix.ts';
import { tempDir, writeTree, type TreeEntry } from '../../helpers/temp.ts';

const symlinks = posix('symbolic links');

async function rowsOf(home: string): Promise<ReadonlyMap<string, RunInfo>> {
  return guildRows(await scanGuildRuns(join(home, 'runs'), new Pace()));
}

/** A run of a home, by the files of its `.guild`, long ago. @returns its row. */
function runOf(t: TestContext, files: Readonly<Record<string, TreeEntry>>): RunInfo {
  const runsDir = join(tempDir(t), 'runs');
  const guildDir = join(runsDir, 'r1', '.guild');
  writeTree(guildDir, { opref: "script:/p '' '' a.py", 'attrs/host': hostname(), ...files });
  utimesSync(guildDir, 1e9, 1e9);
  const run = readGuildRun(runsDir, 'r1');
  assert.ok(run);
  return run.info;
}

describe('the home that Guild made', posix('symbolic links'), () => {
  test('every run, batch and trial is read as Guild reads it', async (t) => {
    const home = unpackGuildHome(tempDir(t));
    const runs = await scanGuildRuns(join(home, 'runs'), new Pace());
    const rows = guildRows(runs);
    const expected = expectedGuildRuns();
    assert.equal(rows.size, expected.length);
    for (const want of expected) {
      const row = rows.get(want.id);
      assert.ok(row, want.id);
      assert.equal(row.status, want.status);
      assert.equal(row.opref?.name, want.batch ? 'train.py+' : 'train.py');
      assert.equal(row.label, want.label);
      assert.deepEqual(row.tags, want.tags === null ? [] : parseYaml11(want.tags));
      assert.equal(row.marked ?? false, want.marked === 'true');
      assert.equal(
        encodeLine(runs.get(want.id)?.flags() ?? null),
        encodeLine(parseYaml11(want.flags)),
      );
      assert.equal(row.batch?.role === 'batch', want.batch);
      if (row.batch?.role === 'batch') assert.equal(row.batch.planned, want.trials.length);
      const own = [...rows.values()].filter(
        ({ batch }) => batch?.role === 'trial' && batch.batch === want.id,
      );
      assert.deepEqual(own.map(({ id }) => id).sort(), want.trials);
    }
  });

  test('trials are in the order in which they were made, and say in what they differ', async (t) => {
    const rows = await rowsOf(unpackGuildHome(tempDir(t)));
    const trials = [...rows.values()].flatMap(({ batch }) =>
      batch?.role === 'trial' && batch.batch.startsWith('3abe') ? [batch] : [],
    );
    trials.sort((a, b) => a.index - b.index);
    assert.deepEqual(
      trials.map(({ index, text }) => [index, text]),
      [
        [1, 'x=1'],
        [2, 'x=2'],
        [3, 'x=3'],
      ],
    );
  });

  test('staged runs have a time of staging, completed ones of start and end', async (t) => {
    const rows = await rowsOf(unpackGuildHome(tempDir(t)));
    const staged = rows.get('ddbb80d4e17d4243835063d74cfd72d8');
    assert.ok(staged);
    assert.equal(staged.timestampsUs.started, null);
    assert.ok((staged.timestampsUs.staged ?? 0) > 1.79e15);
    const done = rows.get('1c5921d002c44a65a30bd01181fab6b7');
    assert.deepEqual(done?.timestampsUs, {
      initialized: 1795227916760315,
      staged: null,
      started: 1795227917495191,
      stopped: 1795227917900918,
    });
    assert.equal(done.name, '1c5921d0');
    assert.equal(done.exitCode, 0);
    assert.equal(rows.get('b53fcf6c6e8c43a9b23841c063e0b31d')?.exitCode, 3);
  });

  test('reading changes nothing, and a trial that was deleted is no trial', async (t) => {
    const home = unpackGuildHome(tempDir(t));
    const before = snapshot(home);
    await rowsOf(home);
    assert.deepEqual(snapshot(home), before);
    const trial = '510e8d3d054f43c39ba069900c00ca0b';
    mkdirSync(join(home, 'trash', 'runs'), { recursive: true });
    renameSync(join(home, 'runs', trial), join(home, 'trash', 'runs', trial));
    const deleted = (await rowsOf(home)).get(trial);
    assert.equal(deleted?.container, 'trash');
    assert.equal(deleted.runDir, join(home, 'trash', 'runs', trial));
    rmSync(join(home, 'trash'), { recursive: true });
    const rows = await rowsOf(home);
    const batch = [...rows.values()].find(({ id }) => id.startsWith('3abe'));
    assert.equal(batch?.batch?.role === 'batch' ? batch.batch.planned : null, 2);
  });
});

describe('status (guild-format.md 4, case 11)', () => {
  const ended = (code: number): Record<string, string> => ({
    'attrs/exit_status': `${String(code)}\n`,
    'attrs/started': '1000\n',
    'attrs/stopped': '2000\n',
  });

  test('the exit status says how it ended', (t) => {
    assert.equal(runOf(t, ended(0)).status, 'completed');
    assert.equal(runOf(t, ended(-9)).status, 'terminated');
    assert.equal(runOf(t, ended(1)).status, 'error');
  });

  test('markers come before it: remote lock, PENDING, STAGED', (t) => {
    const staged = { ...ended(1), STAGED: '' };
    const pending = { ...staged, PENDING: '' };
    assert.equal(runOf(t, staged).status, 'staged');
    assert.equal(runOf(t, pending).status, 'pending');
    assert.equal(runOf(t, { ...pending, 'LOCK.remote': 'ec2:x' }).status, 'running');
  });

  test('a live lock is running, a dead one or none is an error', (t) => {
    assert.equal(runOf(t, { LOCK: String(process.pid) }).status, 'running');
    assert.equal(runOf(t, { LOCK: '2147483646' }).status, 'error');
    assert.equal(runOf(t, {}).status, 'error');
  });

  test('a restarted run is running although its old exit status is still there', (t) => {
    const files = { ...ended(0), 'attrs/started': '3000\n', LOCK: String(process.pid) };
    const row = runOf(t, files);
    assert.equal(row.status, 'running');
    assert.equal(row.timestampsUs.stopped, null);
    assert.equal(runOf(t, { ...ended(0), LOCK: String(process.pid) }).status, 'completed');
  });

  test(
    'the pid of another process by now does not count',
    posix('start times of processes'),
    (t) => {
      const runsDir = join(tempDir(t), 'runs');
      const guildDir = join(runsDir, 'r1', '.guild');
      const files = { opref: "script:/p '' '' a.py", LOCK: String(process.pid) };
      writeTree(guildDir, files);
      utimesSync(join(guildDir, 'LOCK'), 1e9, 1e9);
      utimesSync(guildDir, 1e9, 1e9);
      assert.equal(readGuildRun(runsDir, 'r1')?.info.status, 'error');
    },
  );

  test('of a run of another host nobody knows', (t) => {
    const row = runOf(t, { LOCK: String(process.pid), 'attrs/host': 'elsewhere' });
    assert.equal(row.status, 'lost');
    assert.match(row.reason ?? '', /elsewhere/);
  });

  test('between two markers a run is pending, not failed', (t) => {
    const runsDir = join(tempDir(t), 'runs');
    writeTree(join(runsDir, 'r1', '.guild'), { opref: "script:/p '' '' a.py" });
    assert.equal(readGuildRun(runsDir, 'r1')?.info.status, 'pending');
  });
});

describe('names and odd content', () => {
  test('operations have the name that Guild lists', (t) => {
    const name = (opref: string): string | undefined => runOf(t, { opref }).opref?.name;
    assert.equal(name("guildfile:/my\\ p/guild.yml abc '' train"), 'train');
    assert.equal(name("'guildfile:/my p/guild.yml' abc net train"), 'net:train');
    assert.equal(name("package:gpkg.mnist 0.1 '' 'two words'"), 'two words');
  });

  test('a search is named after both operations, a queue is a plain run', (t) => {
    const proto = { 'proto/.guild/opref': "script:/p '' '' a.py" };
    const search = runOf(t, {
      opref: 'builtin:guildai 0.9.1 skopt gp',
      'attrs/objective': '-accuracy\n',
      ...proto,
    });
    assert.equal(search.opref?.name, 'a.py+skopt:gp');
    assert.deepEqual(search.batch, {
      role: 'batch',
      operation: 'a.py',
      planned: 0,
      objective: { metric: 'accuracy', direction: 'maximize' },
    });
    const queue = runOf(t, { opref: 'builtin:guildai 0.9.1 queue queue', proto: null });
    assert.equal(queue.batch, null);
    assert.equal(queue.opref?.name, 'queue:queue');
  });

  test('what is no run is none, and a broken one is one unreadable row', symlinks, async (t) => {
    const home = tempDir(t);
    writeTree(join(home, 'runs'), {
      'a/.guild/attrs/label': 'no opref',
      'b/file': '',
      'c/.guild/opref': 'nonsense',
      'd/.guild/opref': "script:/p '' '' a.py",
      'd/.guild/STAGED': '',
      'd/.guild/attrs/label': '[unclosed',
      'd/.guild/attrs/tags': 'a: b',
      'file.txt': '',
    });
    symlinkSync('nowhere', join(home, 'runs', 'e'));
    writeFileSync(join(home, 'runs', 'd', '.guild', 'attrs', 'started'), 'yesterday');
    const rows = await rowsOf(home);
    assert.deepEqual([...rows.keys()].sort(), ['c', 'd']);
    assert.equal(rows.get('c')?.status, 'unreadable');
    const row = rows.get('d');
    assert.deepEqual([row?.status, row?.label, row?.tags], ['staged', null, []]);
    assert.equal((await rowsOf(join(home, 'absent'))).size, 0);
  });
});
