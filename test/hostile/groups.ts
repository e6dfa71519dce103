import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enter, sandboxProblem } from './sandbox/enter.ts';

const MINUTE_MS = 60_000;

/** A test of all worlds of a group; each is one below it, and its failure says what was done. */
export function testGroup(group: string): void {
  const skip = process.env['RUNYARD_NO_SANDBOX'] === '1' && 'RUNYARD_NO_SANDBOX is set';
  test(group, { skip, timeout: 30 * MINUTE_MS }, async (t) => {
    const problem = await sandboxProblem();
    if (problem !== null) assert.fail(`${problem}\nRUNYARD_NO_SANDBOX=1 leaves these tests out.`);
    for await (const { world, problems, tookMs } of enter(group)) {
      const name = `${world} (${String(tookMs)} ms)`;
      await t.test(name, () => {
        assert.equal(problems.length, 0, `\n${problems.join('\n')}`);
      });
    }
  });
}
