import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Start, startError } from '../../../../src/extension/base/start.ts';

/** Starts as `loads` say, one after the other: an error is thrown, a text is what has started. */
function startWith(...loads: readonly (Error | string)[]) {
  const left = [...loads];
  const views: { message?: string }[] = [{}, {}];
  const seen = { views, shown: [] as string[], logged: [] as string[], refreshed: 0 };
  const start = new Start(
    async () => {
      const next = await Promise.resolve(left.shift());
      if (next instanceof Error) throw next;
      return next;
    },
    {
      views,
      show: ({ message }) => seen.shown.push(message),
      log: ({ message }) => seen.logged.push(message),
      refresh: () => seen.refreshed++,
    },
  );
  return { start, seen };
}

const gone = (): Error => new Error("Cannot find module './root'\nRequire stack:\n- a.js");
const TEXT = "Runyard could not start: Cannot find module './root'";

describe('an extension that cannot start', () => {
  it('says so in its views, and shows the error', async () => {
    const { start, seen } = startWith(gone());
    await assert.rejects(start.get(), { message: TEXT });
    assert.deepEqual(seen.shown, [TEXT]);
    const message = `${TEXT}. Run “Runyard: Refresh” to try again.`;
    assert.deepEqual(seen.views, [{ message }, { message }]);
    assert.equal(start.isWanted, false);
  });

  it('tries again with the next use, and tells the same only once', async () => {
    const { start, seen } = startWith(gone(), gone(), new Error('The disk is full.'), 'up');
    await assert.rejects(start.get());
    await assert.rejects(start.get());
    assert.deepEqual([seen.shown, seen.logged], [[TEXT], [TEXT]]);
    await assert.rejects(start.get(), { message: 'Runyard could not start: The disk is full' });
    assert.equal(seen.shown.length, 2);
    assert.equal(await start.get(), 'up');
  });

  it('fills its views once it has started', async () => {
    const { start, seen } = startWith(gone(), 'up');
    await assert.rejects(start.get());
    const [view] = seen.views;
    assert.ok(view !== undefined);
    // What a view says of itself by now stays.
    view.message = '3 runs';
    assert.equal(await start.get(), 'up');
    assert.deepEqual(seen.views, [{ message: '3 runs' }, { message: '' }]);
    assert.equal(seen.refreshed, 1);
  });

  it('keeps what has been thrown for the log', () => {
    const cause = gone();
    assert.equal(startError(cause).cause, cause);
  });
});

describe('an extension that starts', () => {
  it('leaves its views alone', async () => {
    const { start, seen } = startWith('up');
    assert.deepEqual(await Promise.all([start.get(), start.get()]), ['up', 'up']);
    assert.deepEqual(seen, { views: [{}, {}], shown: [], logged: [], refreshed: 0 });
  });
});
