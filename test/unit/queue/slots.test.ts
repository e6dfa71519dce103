import assert from 'node:assert/strict';
import test from 'node:test';
import {
  blockedReason,
  chooseSlot,
  resourcesOfTags,
  slotTags,
  visibleDevices,
} from '../../../src/queue/slots.ts';

const slots = slotTags(4, [['gpu:0', 'big'], ['gpu:1'], []]);

test('tags of a run ask for resources', () => {
  assert.deepEqual(resourcesOfTags(['gpu:1', 'best', 'resource:ssd', 'gpu', 'resource:', 'gpus']), [
    'gpu:1',
    'ssd',
    'gpu',
  ]);
});

test('slots without resources of their own have none', () => {
  assert.deepEqual(
    [...slots],
    [
      [1, ['gpu:0', 'big']],
      [2, ['gpu:1']],
      [3, []],
      [4, []],
    ],
  );
});

test('a run gets the slot that has what it wants and least beside it', () => {
  assert.equal(chooseSlot(slots, []), 3);
  assert.equal(chooseSlot(slots, ['gpu']), 2);
  assert.equal(chooseSlot(slots, ['gpu:0']), 1);
  assert.equal(chooseSlot(slots, ['gpu', 'big']), 1);
  assert.equal(chooseSlot(slots, ['gpu:1', 'big']), null);
  assert.equal(chooseSlot(new Map([...slots].slice(0, 1)), []), 1, 'a rare one rather than none');
  assert.equal(chooseSlot(new Map(), []), null);
});

test('what no slot has is named', () => {
  assert.equal(blockedReason(slots, ['gpu:1']), null);
  assert.equal(blockedReason(slots, ['gpu:7']), 'No slot of the queue has gpu:7');
  assert.equal(blockedReason(slots, ['gpu:1', 'big']), 'No slot of the queue has gpu:1 and big');
});

test('a run sees the GPUs that it names, otherwise all of its slot', () => {
  assert.equal(visibleDevices(['gpu:0', 'gpu:2', 'ssd'], []), '0,2');
  assert.equal(visibleDevices(['gpu:0', 'gpu:2'], ['gpu']), '0,2');
  assert.equal(visibleDevices(['gpu:0', 'gpu:2'], ['gpu:2']), '2');
  assert.equal(visibleDevices(['ssd'], ['ssd']), null);
});
