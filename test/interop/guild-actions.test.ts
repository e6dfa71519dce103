import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { RunyardError } from '../../src/core/base/errors.ts';
import { Pace } from '../../src/core/base/pace.ts';
import type { RunInfo } from '../../src/core/run/types.ts';
import { actOnGuildRuns, startGuildRun, type GuildAction } from '../../src/guild/actions.ts';
import { findGuildCommand, type GuildCommand } from '../../src/guild/command.ts';
import { readGuildDetail } from '../../src/guild/detail.ts';
import { guildRows, scanGuildRuns } from '../../src/guild/scan.ts';
import { Guild, guildProgram } from '../helpers/guild/guild.ts';
import { tempDir, waitFor } from '../helpers/temp.ts';

const SCRIPT = `import sys, time
x = 1
wait = 0.0
print("x: %f" % x, flush=True)
print("loss: %f" % (x * 2), flush=True)
print("to stderr", file=sys.stderr)
time.sleep(wait)
if x > 90:
    raise SystemExit(3)
`;

let command: GuildCommand;

interface Home {
  readonly guild: Guild;
  readonly runsDir: string;
  readonly dir: string;
  rows(): Promise<RunInfo[]>;
  row(id: string): Promise<RunInfo>;
  act(action: GuildAction, ...ids: readonly string[]): Promise<void>;
  start(id: string): Promise<void>;
}

function makeHome(t: TestContext): Home {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'op.py'), SCRIPT);
  const guild = new Guild(command.path, dir);
  const runsDir = join(dir, '.guild-home', 'runs');
  const rows = async (): Promise<RunInfo[]> => [
    ...guildRows(await scanGuildRuns(runsDir, new Pace())).values(),
  ];
  const row = async (id: string): Promise<RunInfo> => {
    const found = (await rows()).find((one) => one.id === id);
    assert.ok(found, `There is no run ${id}`);
    return found;
  };
  return {
    guild,
    runsDir,
    dir,
    rows,
    row,
    act: async (action, ...ids) => {
      const runs = await Promise.all(ids.map(row));
      await actOnGuildRuns(command, action, runs, { env: process.env, timeoutMs: 60_000 });
    },
    start: async (id) => {
      const claimDir = join(dir, 'claims');
      await startGuildRun(command, await row(id), { env: process.env, claimDir });
    },
  };
}

/** Id of the only row that fits. */
async function idOf(home: Home, fits: (row: RunInfo) => boolean): Promise<string> {
  const found = (await home.rows()).filter(fits);
  assert.equal(found.length, 1);
  return found[0]?.id ?? '';
}

describe('the real guild', () => {
  before(async () => {
    const given = await guildProgram();
    command = await findGuildCommand({ given, folders: [], env: process.env });
  });

  test('a run that it makes is read with its output, flags and scalars', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'x=3', '-y');
    const [row] = await home.rows();
    assert.ok(row);
    assert.deepEqual(
      [row.opref?.name, row.status, row.label],
      ['op.py', 'completed', 'wait=0.0 x=3'],
    );
    const detail = await readGuildDetail(row);
    assert.deepEqual(detail.config, { wait: 0, x: 3n });
    assert.deepEqual(
      detail.phases.map(({ lines }) => lines),
      [3],
    );
    const metrics = JSON.stringify(detail.summary, (_, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    );
    assert.match(metrics, /"loss":\{"value":6,/);
    assert.ok(detail.manifest.some(([type, , path]) => type === 's' && path === 'op.py'));
  });

  test('staged trials of a batch are started one by one, the batch keeps them', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'x=[1,2]', '--stage-trials', '--keep-batch', '-y');
    const batch = await idOf(home, ({ batch: role }) => role?.role === 'batch');
    const trial = await idOf(home, ({ batch: role }) => role?.role === 'trial' && role.index === 2);
    const { batch: role } = await home.row(trial);
    assert.deepEqual(role, { role: 'trial', batch, index: 2, text: 'x=2' });
    await home.start(trial);
    await waitFor(async () => (await home.row(trial)).status === 'completed');
    assert.deepEqual((await home.row(trial)).batch, role);
    assert.equal((await home.rows()).filter(({ status }) => status === 'staged').length, 1);
    await assert.rejects(
      home.start(trial),
      new RunyardError(
        'wrong-status',
        `Skipping ${trial} - status is 'completed' but expected 'staged'`,
      ),
    );
  });

  test('a run that fails was started; one that Guild refuses was not', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'x=99', '--stage', '-y');
    const id = await idOf(home, () => true);
    await home.start(id);
    await waitFor(async () => (await home.row(id)).exitCode === 3);
    await home.guild.ok('run', 'op.py', 'x=1', '--stage', '-y');
    const other = await idOf(home, ({ status }) => status === 'staged');
    const broken = { ...(await home.row(other)), runsDir: home.runsDir };
    const guildDir = broken.metaPath;
    writeFileSync(join(guildDir, 'attrs', 'op'), '[broken');
    await assert.rejects(home.start(other), (error) => {
      assert.ok(error instanceof RunyardError);
      assert.equal(error.code, 'guild');
      return true;
    });
  });

  test('of many starters at once one starts the run, and it runs once', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'x=5', '--stage', '-y');
    const id = await idOf(home, () => true);
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => home.start(id)));
    const refused = results.flatMap((one): unknown[] =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    assert.equal(refused.length, 3);
    for (const reason of refused) {
      assert.ok(reason instanceof RunyardError);
      assert.ok(reason.code === 'claimed' || reason.code === 'wrong-status', reason.message);
    }
    await waitFor(async () => (await home.row(id)).status === 'completed');
    const output = readFileSync(join(home.runsDir, id, '.guild', 'output'), 'utf8');
    assert.equal(output.match(/x: 5/g)?.length, 1);
  });

  test('a running run is stopped', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'wait=600.0', '--stage', '-y');
    const id = await idOf(home, () => true);
    await home.start(id);
    await waitFor(async () => (await home.row(id)).status === 'running');
    await home.act({ kind: 'stop' }, id);
    await waitFor(async () => (await home.row(id)).status === 'terminated');
  });

  test('labels, tags, marks and comments', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', '--stage', '-y');
    const id = await idOf(home, () => true);
    await home.act({ kind: 'label', text: '- “best” of $HOME' }, id);
    await home.act({ kind: 'tag', add: ['a', 'b c'], remove: [] }, id);
    await home.act({ kind: 'mark' }, id);
    await home.act({ kind: 'comment', text: 'first\nsecond line' }, id);
    const row = await home.row(id);
    assert.deepEqual([row.label, row.tags, row.marked], ['- “best” of $HOME', ['a', 'b c'], true]);
    assert.equal((await readGuildDetail(row)).comments[0]?.msg, 'first\nsecond line');
    await home.act({ kind: 'tag', add: [], remove: ['a'] }, id);
    await home.act({ kind: 'unmark' }, id);
    await home.act({ kind: 'label', text: null }, id);
    const after = await home.row(id);
    assert.deepEqual([after.label, after.tags, after.marked ?? false], [null, ['b c'], false]);
  });

  test('delete, restore and purge, several at once', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', 'x=[1,2]', '--stage-trials', '--keep-batch', '-y');
    const ids = (await home.rows()).filter(({ status }) => status === 'staged').map(({ id }) => id);
    await home.act({ kind: 'delete' }, ...ids);
    for (const id of ids) assert.equal((await home.row(id)).container, 'trash');
    const [first = '', second = ''] = ids;
    await home.act({ kind: 'restore' }, first);
    assert.equal((await home.row(first)).container, 'active');
    await home.act({ kind: 'purge' }, second);
    assert.ok(!(await home.rows()).some(({ id }) => id === second));
  });

  test('its own words are in the error', async (t) => {
    const home = makeHome(t);
    await home.guild.ok('run', 'op.py', '--stage', '-y');
    const row = await home.row(await idOf(home, () => true));
    const gone = { ...row, id: 'f'.repeat(32) };
    const options = { env: process.env, timeoutMs: 60_000 };
    await assert.rejects(
      actOnGuildRuns(command, { kind: 'mark' }, [gone], options),
      /guild mark: could not find a run matching/,
    );
    assert.equal(readFileSync(join(row.metaPath, 'attrs', 'id'), 'utf8').trim(), row.id);
  });
});
