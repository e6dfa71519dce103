import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempDir } from '../../helpers/temp.ts';
import { PhaseResults } from '../../host/harness/results.ts';
import type { HostEvent } from '../../host/harness/session.ts';

test('a phase in which no test ends is given up, and its running test is named', async (t) => {
  const file = join(tempDir(t), 'results.jsonl');
  const report = (event: HostEvent): void => appendFileSync(file, `${JSON.stringify(event)}\n`);
  const results = new PhaseResults(file);
  const start = Date.now();
  let reason: string | undefined;
  const stalled = results.stalled(1500).then((why) => {
    reason = why;
  });
  report({ type: 'start', pid: 1 });
  // Together they take longer than the limit; each of them ends in time.
  for (const title of ['a', 'b']) {
    report({ type: 'begin', file: 'test/host/x.test.ts', title });
    await sleep(800);
    report({ type: 'pass', title, ms: 700 });
  }
  assert.equal(reason, undefined);
  report({ type: 'begin', file: 'test/host/x.test.ts', title: 'c' });
  await stalled;
  assert.ok(Date.now() - start > 2500);
  const { passed, failed, failures, tests } = results.close(reason);
  assert.deepEqual([passed, failed, failures], [2, 1, ['test/host/x.test.ts: c']]);
  const last = tests[2]?.ms ?? 0;
  assert.deepEqual(
    tests.map(({ name, ms }) => [name, ms]),
    [
      ['a', 700],
      ['b', 700],
      ['c', last],
    ],
  );
  assert.ok(last > 1000, `${String(last)} ms passed until it was given up`);
});

test('a test that fails is among the slowest, with the time until it did', async (t) => {
  const file = join(tempDir(t), 'results.jsonl');
  const report = (event: HostEvent): void => appendFileSync(file, `${JSON.stringify(event)}\n`);
  const results = new PhaseResults(file);
  const start = Date.now();
  report({ type: 'start', pid: 1 });
  report({ type: 'fail', title: 'y cannot be loaded', error: 'y' });
  report({ type: 'begin', file: 'test/host/x.test.ts', title: 'a' });
  assert.equal(results.pid, 1, 'what was reported until now is read');
  await sleep(300);
  report({ type: 'fail', title: 'a', error: 'too late' });
  report({ type: 'end' });
  const { failed, tests } = results.close(undefined);
  assert.equal(failed, 2);
  assert.deepEqual(
    tests.map(({ file, name }) => [file, name]),
    [['test/host/x.test.ts', 'a']],
  );
  const ms = tests[0]?.ms ?? 0;
  assert.ok(ms >= 290 && ms <= Date.now() - start, String(ms));
});

test('a phase that ends by itself has no limit left behind', async (t) => {
  const file = join(tempDir(t), 'results.jsonl');
  const results = new PhaseResults(file);
  const stalled = results.stalled(60_000);
  appendFileSync(file, '{"type":"start","pid":1}\n{"type":"end"}\n');
  assert.deepEqual(results.close(undefined).failures, ['test/host: the suite']);
  await stalled;
});
