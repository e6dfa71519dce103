import assert from 'node:assert/strict';
import { root, runRows } from './helpers.ts';

describe('10,000 runs, seen before', () => {
  it('show from the index, and stay when the files have been looked at', async () => {
    const { stores } = await root();
    const keys = async (): Promise<string[]> => (await runRows()).map(({ node }) => node.key);
    const shown = await keys();
    assert.equal(shown.length, 201);
    await stores.load();
    // The last two changes of the first session were too fresh for the index: they come now.
    const now = await keys();
    assert.deepEqual(
      shown.slice(0, 195).filter((key) => !now.includes(key)),
      [],
    );
  });

  it('leave the extension host small', () => {
    const { heapUsed } = process.memoryUsage();
    assert.ok(heapUsed < 150e6, `${(heapUsed / 1e6).toFixed(0)} MB`);
  });
});
