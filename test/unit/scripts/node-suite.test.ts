import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runNodeSuite, type NodeSuiteOptions } from '../../../scripts/lib/node-suite.mts';
import { slowestLines, type SuiteResult } from '../../../scripts/lib/test-results.mts';
import { posix } from '../../helpers/posix.ts';
import { WAIT_MS, tempDir, waitFor, writeTree } from '../../helpers/temp.ts';

const pipes = posix('named pipes');

/** Limits that nothing here reaches unless a test sets its own. */
const limits = { testLimitMs: 20_000, stallLimitMs: 20_000 };

const imports = [
  "import { describe, it, test } from 'node:test';",
  "import { setTimeout as sleep } from 'node:timers/promises';",
  "import { openSync, writeFileSync } from 'node:fs';",
  "import { spawn } from 'node:child_process';",
  '',
].join('\n');

/** Runs test files that are made for it. */
async function runFiles(
  root: string,
  sources: Readonly<Record<string, string>>,
  options: Partial<NodeSuiteOptions> = {},
): Promise<SuiteResult> {
  const files = Object.keys(sources);
  writeTree(
    root,
    Object.fromEntries(files.map((file) => [file, `${imports}${sources[file] ?? ''}`])),
  );
  return await runNodeSuite({
    cwd: root,
    files,
    concurrency: 2,
    ...limits,
    print: false,
    ...options,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a suite counts what passed, failed and was skipped, and names what failed', async (t) => {
  const result = await runFiles(tempDir(t), {
    'broken.test.ts': "import './missing.ts';\n",
    'mixed.test.ts': `
      test('a', () => {});
      describe('group', () => {
        it('b', () => { throw new Error('b'); });
        it('slow', async () => await sleep(50));
      });
      test('c', { skip: true }, () => {});`,
  });
  const { passed, failed, skipped, failures, tests } = result;
  assert.deepEqual({ passed, failed, skipped }, { passed: 2, failed: 2, skipped: 1 });
  assert.deepEqual([...failures].sort(), ['broken.test.ts', 'mixed.test.ts: b']);
  const slow = tests.find(({ name }) => name === 'group > slow');
  assert.equal(slow?.file, 'mixed.test.ts');
  assert.ok(slow.ms >= 45, String(slow.ms));
});

test('a test that blocks its process is stopped and named, the others count', pipes, async (t) => {
  const root = tempDir(t);
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe], { timeout: WAIT_MS });
  const start = Date.now();
  const result = await runFiles(
    root,
    {
      'blocks.test.ts': `
        test('before', () => {});
        describe('group', () => {
          it('detached child', () => {
            const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { detached: true });
            writeFileSync('child.pid', String(child.pid));
          });
          it('blocks', () => {
            writeFileSync('own.pid', String(process.pid));
            openSync(${JSON.stringify(pipe)}, 'r');
          });
          it('after', () => {});
        });`,
      'good.test.ts': "test('one', () => {});\ntest('two', async () => await sleep(20));",
      'bad.test.ts': "test('three', () => { throw new Error('3'); });",
    },
    { stallLimitMs: 2000 },
  );
  assert.ok(Date.now() - start < 15_000);
  const { passed, failed, failures } = result;
  assert.deepEqual([...failures].sort(), [
    'bad.test.ts: three',
    'blocks.test.ts: group > blocks (stopped: no test had ended for 2 s)',
  ]);
  assert.deepEqual({ passed, failed }, { passed: 4, failed: 2 });
  for (const name of ['own.pid', 'child.pid']) {
    const pid = Number(readFileSync(join(root, name), 'utf8'));
    await waitFor(() => !isAlive(pid), { what: `the process of ${name} to end` });
  }
});

test('a file that never gets to its tests, and one that was not begun, are named', async (t) => {
  const result = await runFiles(
    tempDir(t),
    {
      'loads.test.ts': "await sleep(60_000);\ntest('never', () => {});",
      'waits.test.ts': "test('never', () => {});",
    },
    { stallLimitMs: 1000, concurrency: 1 },
  );
  assert.deepEqual(result.failures, [
    'loads.test.ts, outside of its tests (stopped: no test had ended for 1 s)',
    'waits.test.ts was not begun',
  ]);
  assert.deepEqual([result.passed, result.failed], [0, 2]);
});

test('a test that exceeds its limit fails, the others go on', async (t) => {
  const result = await runFiles(
    tempDir(t),
    {
      'slow.test.ts': `
        test('never ends', async () => await new Promise(() => setInterval(() => {}, 1000).unref()));
        test('takes too long', async () => await sleep(1500));
        test('has a limit of its own', { timeout: 10_000 }, async () => await sleep(700));
        test('quick', () => {});`,
    },
    { testLimitMs: 400 },
  );
  assert.deepEqual(result.failures, ['slow.test.ts: never ends', 'slow.test.ts: takes too long']);
  assert.deepEqual([result.passed, result.failed], [2, 2]);
});

test('neither a file nor a suite of many quick tests has a limit', async (t) => {
  const many = 'for (let i = 0; i < 10; i += 1) it(`t${i}`, async () => await sleep(250));';
  const result = await runFiles(
    tempDir(t),
    { 'long.test.ts': `describe('group', () => { ${many} });\n${many}` },
    { testLimitMs: 4000, stallLimitMs: 4000 },
  );
  assert.deepEqual([result.passed, result.failed, result.failures], [20, 0, []]);
});

test('the slowest tests of all suites are listed, without those that are made of others', async (t) => {
  const result = await runFiles(tempDir(t), {
    'nested.test.ts': `
      test('outer', async (t) => {
        await t.test('inner', async () => await sleep(60));
      });
      test('quick', () => {});`,
  });
  const other = { ...result, tests: [{ file: 'x.test.ts', name: 'x', ms: 12_345 }] };
  const suites = [
    ['unit', result],
    ['host', other],
  ] as const;
  const lines = slowestLines(suites, 2);
  assert.equal(lines[0], '   12.3 s  host        x.test.ts: x');
  assert.match(lines[1] ?? '', /^ {4}0\.\d s {2}unit {8}nested\.test\.ts: outer > inner$/);
  assert.equal(lines.length, 2);
});
