import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMessage } from '../../../../src/extension/trials/messages.ts';

describe('messages of the page', () => {
  it('are taken when they are what they should be', () => {
    assert.deepEqual(readMessage({ type: 'cell', id: 1, key: 'lr', text: '1' }), {
      type: 'cell',
      id: 1,
      key: 'lr',
      text: '1',
    });
    for (const bad of [null, {}, { type: 'rm' }, { type: 'option', name: 'x', text: '' }]) {
      assert.equal(readMessage(bad), null);
    }
  });
});
