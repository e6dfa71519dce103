import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setLabel } from '../../../src/core/run/attributes.ts';
import { runCli } from '../../helpers/cli.ts';
import { tempDir } from '../../helpers/temp.ts';
import { makeRunFiles, storeRunId } from '../../host/runs/stores.ts';

interface Outcome {
  readonly code: number | null;
  readonly labels: readonly string[];
  readonly stderr: string;
}

/** A store of ten runs of `train` with the label `number-N` and `lr` 0.N. */
function makeStoreOf(t: TestContext): string {
  const runsDir = tempDir(t);
  for (let n = 0; n < 10; n++) makeRunFiles(runsDir, n);
  return runsDir;
}

async function list(runsDir: string, ...args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await runCli(['list', '--json', '--runs', runsDir, ...args]);
  const rows = stdout === '' ? [] : (JSON.parse(stdout) as readonly { label: string }[]);
  return { code, labels: rows.map(({ label }) => label), stderr };
}

void test('list --where selects by an expression, newest first', async (t) => {
  const runsDir = makeStoreOf(t);
  const found = await list(runsDir, '--where', 'config.lr >= 0.7 and status == completed');
  assert.equal(found.code, 0, found.stderr);
  assert.deepEqual(found.labels, ['number-9', 'number-8', 'number-7']);
  const two = await list(runsDir, '--where', 'lr >= 0.7', '--limit', '2');
  assert.deepEqual(two.labels, ['number-9', 'number-8']);
  const newest = await list(runsDir, ':5', '--where', 'lr < 0.7');
  assert.deepEqual(newest.labels, ['number-6', 'number-5']);
});

void test('list --where WORD finds what Gage finds: an operation, a status, a part of a label', async (t) => {
  const runsDir = makeStoreOf(t);
  makeRunFiles(runsDir, 20, '1 workspace other');
  setLabel(runsDir, storeRunId(20), 'a final one');
  assert.deepEqual((await list(runsDir, '--where', 'other')).labels, ['a final one']);
  assert.deepEqual((await list(runsDir, '-w', 'final')).labels, ['a final one']);
  assert.equal((await list(runsDir, '-w', 'completed')).labels.length, 11);
  assert.equal((await list(runsDir, '-w', 'train')).labels.length, 10);
  assert.deepEqual((await list(runsDir, '-w', 'error')).labels, []);
});

void test('list --where shows where an expression is wrong, and exits 2', async (t) => {
  const { code, stderr } = await list(makeStoreOf(t), '--where', 'status in completed');
  assert.equal(code, 2);
  assert.equal(
    stderr,
    [
      "runyard: --where: Expected a list such as [a, b] after 'in', not 'completed'",
      '  status in completed',
      '            ^^^^^^^^^',
      "Try 'runyard list --help'.",
      '',
    ].join('\n'),
  );
});
