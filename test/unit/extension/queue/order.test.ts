import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatSlots, movedPriorities, parseSlots } from '../../../../src/extension/queue/order.ts';
import { startOrder } from '../../../../src/queue/queue.ts';

/** Queue files of runs `r0`, `r1` … in the order of their staging, with these priorities. */
function waiting(priorities: readonly number[]): Parameters<typeof startOrder>[0] {
  return new Map(
    priorities.map((priority, i) => [
      `r${String(i)}`,
      { version: 1, priority, resources: [], stagedUs: i, sinceMs: 0, by: '', env: null },
    ]),
  );
}

describe('moving a run in the queue', () => {
  it('changes nothing at the ends, nor for a run that does not wait', () => {
    const entries = ['a', 'b', 'c'].map((id) => ({ id, priority: 0 }));
    assert.deepEqual(movedPriorities(entries, 'a', -1), new Map());
    assert.deepEqual(movedPriorities(entries, 'c', 1), new Map());
    assert.deepEqual(movedPriorities(entries, 'x', 1), new Map());
  });

  it('changes as little as it can', () => {
    const entries = ['a', 'b', 'c'].map((id) => ({ id, priority: 0 }));
    assert.deepEqual(movedPriorities(entries, 'b', -1), new Map([['b', 1]]));
  });

  it('gives the order that a person sees', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 7 }),
        fc.nat(),
        fc.constantFrom(-1 as const, 1 as const),
        (priorities, which, by) => {
          const files = waiting(priorities);
          const before = startOrder(files);
          const at = which % before.length;
          const id = before[at] ?? '';
          const entries = before.map((one) => ({
            id: one,
            priority: files.get(one)?.priority ?? 0,
          }));
          const changed = movedPriorities(entries, id, by);
          const after = new Map(
            [...files].map(([one, file]) => [
              one,
              { ...file, priority: changed.get(one) ?? file.priority },
            ]),
          );
          const wanted = [...before];
          const other = before[at + by];
          if (other !== undefined) {
            wanted[at] = other;
            wanted[at + by] = id;
          }
          assert.deepEqual(startOrder(after), wanted);
        },
      ),
    );
  });
});

describe('the slots of a queue', () => {
  it('are a number, or what each of them has', () => {
    assert.deepEqual(parseSlots(' 4 '), { slots: 4, resources: [] });
    assert.deepEqual(parseSlots('gpu:0, gpu:1 ssd, -'), {
      slots: 3,
      resources: [['gpu:0'], ['gpu:1', 'ssd'], []],
    });
    for (const text of ['', '0', '1001', '-1', '2.5', 'gpu:0,,gpu:1']) {
      assert.equal(typeof parseSlots(text), 'string', text);
    }
  });

  it('are written as they are typed', () => {
    for (const text of ['4', 'gpu:0, gpu:1 ssd, -']) {
      const parsed = parseSlots(text);
      assert.ok(typeof parsed !== 'string');
      assert.equal(formatSlots(parsed), text);
    }
    assert.equal(formatSlots({ slots: 2, resources: [['gpu:0']] }), 'gpu:0, -');
  });
});
