import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  heartbeatMs,
  removeLiveFiles,
  touchHeartbeat,
  writeProgress,
  writeRequest,
} from '../../../../src/core/meta/process-file.ts';
import { OutputWriter, prepareOutput, sealOutput } from '../../../../src/core/output/writer.ts';
import { publishProgress } from '../../../../src/core/phase/progress-file.ts';
import { readUserAttributes, setLabel } from '../../../../src/core/run/attributes.ts';
import { containerOf, moveRun } from '../../../../src/core/run/containers.ts';
import { runDirsProblem } from '../../../../src/core/run/own-dirs.ts';
import { makeRun, openRun, pokeRun, runAt, writeMeta } from '../../../../src/core/run/run.ts';
import { appendRunnerLog } from '../../../../src/core/run/runner-log.ts';
import type { Run } from '../../../../src/core/run/types.ts';
import { posix } from '../../../helpers/posix.ts';
import { find, tempDir, writeTree } from '../../../helpers/temp.ts';

const links = posix('needs links');
const OPREF = { ns: 'test', name: 'test', version: null };
const PROCESS_TIME = new Date('2024-01-02T03:04:05Z');

/** A run with a link in place of one of its entries. It leads to what was there, outside the store. */
function runWithLink(
  t: TestContext,
  place: string,
  content: string | null,
): { readonly run: Run; readonly outside: string; readonly unchanged: () => void } {
  const root = tempDir(t);
  const run = makeRun(OPREF, join(root, 'runs'));
  const path = join(run.runsDir, `${run.id}${place}`);
  mkdirSync(dirname(path), { recursive: true });
  const outside = join(root, 'outside');
  if (existsSync(path)) renameSync(path, outside);
  else if (content === null) mkdirSync(outside);
  else writeFileSync(outside, content);
  symlinkSync(outside, path);
  utimesSync(outside, PROCESS_TIME, PROCESS_TIME);
  const look = (): unknown =>
    content === null ? find(outside, { dirs: true }) : readFileSync(outside, 'utf8');
  const before = look();
  return {
    run,
    outside,
    unchanged: () => {
      assert.deepEqual(look(), before);
      assert.equal(statSync(outside).mtimeMs, PROCESS_TIME.getTime());
    },
  };
}

const refused = { code: 'unsafe-path' };
const request = { action: 'stop', graceMs: 0, by: 'test', timeMs: 0 } as const;

test('the log of a run is not written through a link', links, (t) => {
  for (const [place, content] of [
    ['.meta/log/runner', 'kept'],
    ['.meta/log', null],
    ['.meta', null],
  ] as const) {
    const { run, unchanged } = runWithLink(t, place, content);
    assert.throws(() => {
      appendRunnerLog(run, 'gone astray');
    }, refused);
    unchanged();
  }
});

test('meta files and our own are not written through a link', links, (t) => {
  for (const place of ['.meta', '.meta/runyard', '.meta/proc']) {
    const { run, unchanged } = runWithLink(t, place, null);
    const writes: Record<string, () => void> = {
      '.meta': () => {
        writeMeta(run, 'staged', '1');
      },
      '.meta/proc': () => {
        writeMeta(run, 'proc/lock', '1');
      },
    };
    const write = writes[place];
    if (write !== undefined) assert.throws(write, refused, place);
    if (place !== '.meta/proc') {
      for (const own of [
        () => {
          writeRequest(run, request);
        },
        () => {
          writeProgress(run, { percent: 1, text: '' });
        },
        () => {
          touchHeartbeat(run);
        },
        () => {
          removeLiveFiles(run);
        },
      ]) {
        assert.throws(own, refused, place);
      }
    }
    pokeRun(run);
    publishProgress(run)({ percent: 1, text: '' });
    unchanged();
  }
});

test('a heartbeat that is a link does not beat', links, (t) => {
  const { run, unchanged } = runWithLink(t, '.meta/runyard/heartbeat', '');
  assert.throws(() => {
    touchHeartbeat(run);
  }, refused);
  assert.equal(heartbeatMs(run), null);
  unchanged();
});

test('labels and moves behind a link are neither read nor written', links, (t) => {
  const log = runWithLink(t, '.user', null);
  writeTree(log.outside, { 'a.json': '{"set": {"label": "forged"}}' });
  assert.deepEqual(readUserAttributes(log.run.runsDir, log.run.id).attributes, {});
  assert.throws(() => {
    setLabel(log.run.runsDir, log.run.id, 'mine');
  }, refused);
  assert.deepEqual(find(log.outside), ['a.json']);

  const moves = runWithLink(t, '.move', null);
  const move = '018bcfe5-6800-4000-8000-000000000000-trash';
  writeTree(moves.outside, { [move]: '' });
  assert.equal(containerOf(moves.run.runsDir, moves.run.id), 'active');
  assert.throws(() => {
    moveRun(moves.run.runsDir, moves.run.id, 'trash');
  }, refused);
  assert.deepEqual(find(moves.outside), [move]);
});

test('output is not written through a link', links, async (t) => {
  for (const place of ['.meta/output', '.meta/runyard/spool', '.meta/runyard/offsets']) {
    const { run, unchanged } = runWithLink(t, place, null);
    assert.throws(() => prepareOutput(run, 'run'), refused, place);
    unchanged();
  }
  for (const [place, spool] of [
    ['.meta/output/40_run', 'printed'],
    ['.meta/output/40_run.index', 'printed'],
    ['.meta/runyard/offsets/40_run', 'printed'],
    ['.meta/runyard/spool/40_run.commit', 'printed'],
    ['.meta/runyard/spool/40_run.stdout', null],
  ] as const) {
    const { run, unchanged } = runWithLink(t, place, 'kept\n');
    if (spool !== null) writeTree(run.metaPath, { 'runyard/spool/40_run.stdout': spool });
    await assert.rejects(async () => {
      await new OutputWriter(run, 'run').close();
    }, refused);
    sealOutput(run, 'run');
    unchanged();
    const { run: fresh, unchanged: still } = runWithLink(t, place, 'kept\n');
    prepareOutput(fresh, 'run').close();
    still();
  }
});

test('a run is not made where a link lies, and not under what is no id', links, (t) => {
  const runsDir = tempDir(t);
  mkdirSync(join(runsDir, 'outside'));
  symlinkSync(join(runsDir, 'outside'), join(runsDir, 'a.meta'));
  assert.throws(() => makeRun(OPREF, runsDir, { id: 'a' }), refused);
  for (const id of ['../a', '.', 'a/b', 'a.b', '']) {
    assert.throws(() => makeRun(OPREF, runsDir, { id }), { code: 'bad-request' });
    assert.throws(() => runAt(runsDir, id, OPREF), { code: 'bad-request' });
    assert.throws(() => openRun(runsDir, id), { code: 'no-run' });
    assert.match(runDirsProblem({ runsDir, id }) ?? '', /is not the id of a run/);
  }
  assert.deepEqual(find(runsDir, { dirs: true }), ['a.meta', 'outside/']);
});
