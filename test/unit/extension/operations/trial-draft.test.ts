import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DraftHistory,
  draftToKeep,
  keptDraft,
} from '../../../../src/extension/operations/trial-draft.ts';
import { draft, table } from '../../../helpers/runs/trial-draft.ts';

describe('the history of a draft', () => {
  it('undoes and redoes; letters typed into one box count as one step', () => {
    const history = new DraftHistory(draft);
    for (const flags of ['a', 'ab', 'abc']) history.change({ ...draft, flags }, 'flags');
    history.change({ ...draft, flags: 'abc', edited: table });
    assert.ok(history.canUndo);
    history.undo();
    assert.equal(history.draft.flags, 'abc');
    assert.equal(history.draft.edited, null);
    history.undo();
    assert.equal(history.draft, draft);
    assert.ok(!history.canUndo);
    history.redo();
    assert.equal(history.draft.flags, 'abc');
    history.change({ ...draft, flags: 'other' });
    assert.ok(!history.canRedo);
  });

  it('keeps a seed that was drawn, which is no step', () => {
    const history = new DraftHistory(draft);
    history.amend({ ...draft, drawnSeed: 7 });
    assert.ok(!history.canUndo);
    assert.equal(history.draft.drawnSeed, 7);
  });
});

describe('a draft that is kept', () => {
  it('is itself again, without its variables', () => {
    const options = { ...draft.options, env: 'TOKEN=secret', slots: '4' };
    const kept: unknown = JSON.parse(
      JSON.stringify(draftToKeep({ ...draft, edited: table, options })),
    );
    assert.ok(!JSON.stringify(kept).includes('secret'));
    assert.deepEqual(keptDraft(kept), {
      ...draft,
      edited: table,
      options: { ...options, env: '' },
      lostEnv: ['TOKEN'],
    });
  });

  it('is nothing when somebody else has written it', () => {
    for (const kept of [undefined, null, {}, 'x', { ...draft, edited: [] }]) {
      assert.equal(keptDraft(kept), null);
    }
  });

  it('has options that came later at their defaults', () => {
    assert.equal(keptDraft({ ...draft, options: {} })?.options.slots, '1');
  });
});
