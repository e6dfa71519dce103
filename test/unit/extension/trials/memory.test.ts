import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { draftText, TrialMemory } from '../../../../src/extension/trials/memory.ts';
import { draft, table } from '../../../helpers/runs/trial-draft.ts';

describe('the memory of drafts', () => {
  /** The editor's memory of a workspace: JSON by key. */
  function memory(): TrialMemory {
    const texts = new Map<string, string>();
    return new TrialMemory({
      keys: () => [...texts.keys()],
      get: <T>(key: string, standard?: T): T | undefined => {
        const text = texts.get(key);
        return text === undefined ? standard : (JSON.parse(text) as T);
      },
      update: (key: string, value: unknown): Promise<void> => {
        texts.set(key, JSON.stringify(value));
        return Promise.resolve();
      },
    });
  }

  it('has the tables that are open, each once, and not those that were closed', async () => {
    const drafts = memory();
    const other = { ...draft, operation: 'other' };
    await drafts.keepOpen(other);
    await drafts.keepOpen(draft);
    await drafts.keepOpen({ ...draft, edited: table });
    assert.deepEqual(drafts.open(), [other, { ...draft, edited: table }]);
    await drafts.close(draft);
    assert.deepEqual(drafts.open(), [other]);
  });

  it('leaves tables out that are too large for it', async () => {
    const drafts = memory();
    await drafts.keepOpen(draft);
    const rows = Array.from({ length: 1001 }, (_, id) => ({ id, cells: {} }));
    const large = { ...draft, edited: { columns: [], rows, nextId: 1001 } };
    await drafts.keepOpen(large);
    assert.deepEqual(drafts.open(), []);
  });

  it('offers what was filled in the last time, without its names', async () => {
    const drafts = memory();
    const options = { ...draft.options, batchLabel: 'mine', slots: '3' };
    await drafts.remember({ ...draft, options, drawnSeed: 5 });
    await drafts.remember({ ...draft, flags: '' });
    const last = drafts.last(draft) ?? assert.fail();
    assert.deepEqual(last, { ...draft, options: { ...draft.options, slots: '3' } });
    assert.equal(draftText(last), 'lr=[1,2]');
    assert.equal(draftText({ ...last, edited: table }), '3 edited trials');
    assert.equal(drafts.last({ folder: '/elsewhere', operation: 'train' }), null);
  });
});
