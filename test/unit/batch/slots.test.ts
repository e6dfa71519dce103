import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../../src/batch/slots.ts';

test('slots hold back what is too much, and can be changed and closed', async () => {
  const slots = new Slots(2);
  const open: (() => void)[] = [];
  const begun: number[] = [];
  const pieces = [1, 2, 3, 4, 5].values();
  const turn = (): Promise<void> => new Promise(setImmediate);
  const run = slots.run(
    () => {
      const { value } = pieces.next();
      return Promise.resolve(value === undefined ? [] : [value]);
    },
    async (piece) => {
      begun.push(piece);
      await new Promise<void>((resolve) => open.push(resolve));
    },
  );
  await turn();
  assert.deepEqual(begun, [1, 2]);
  open[0]?.();
  await turn();
  assert.deepEqual(begun, [1, 2, 3]);
  slots.resize(3);
  await turn();
  assert.deepEqual(begun, [1, 2, 3, 4]);
  slots.close();
  for (const end of open) end();
  await run;
  assert.deepEqual(begun, [1, 2, 3, 4]);
});
