import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FillLater } from '../../../../../src/extension/runs/view/fill-later.ts';

/** Resolves to what is filled together, in the order of the turns. */
function turns(count: number, onTurn: (turn: number, fill: FillLater<string>) => void) {
  const done = Promise.withResolvers<readonly (readonly string[])[]>();
  const seen: (readonly string[])[] = [];
  const fill: FillLater<string> = new FillLater<string>((wanted) => {
    seen.push(wanted);
    if (seen.length === count) done.resolve(seen);
    onTurn(seen.length, fill);
    return Promise.resolve();
  }, 1);
  return { fill, filled: done.promise };
}

test('rows that want it are filled together, and again when they want it meanwhile', async () => {
  const { fill, filled } = turns(2, (turn, later) => {
    if (turn === 1) later.want('again');
  });
  for (const row of ['a', 'b', 'a']) fill.want(row);
  assert.deepEqual(await filled, [['a', 'b'], ['again']]);
});

test('a turn that fails does not keep later rows from being filled', async () => {
  const { fill, filled } = turns(2, (turn, later) => {
    if (turn > 1) return;
    later.want('b');
    throw new Error('The zip is broken');
  });
  fill.want('a');
  assert.deepEqual(await filled, [['a'], ['b']]);
});

test('nothing is filled after it was disposed', async () => {
  let turnsSeen = 0;
  const { fill } = turns(9, () => turnsSeen++);
  fill.want('a');
  fill.dispose();
  fill.want('b');
  const { fill: other, filled } = turns(1, () => undefined);
  other.want('c');
  // Its turn comes after those of the disposed one would have.
  await filled;
  assert.equal(turnsSeen, 0);
});
