import assert from 'node:assert/strict';
import { container, runRows } from './helpers.ts';

describe('10,000 runs, seen before', () => {
  it('show within a second from the index', async () => {
    await container();
    const start = performance.now();
    const rows = await runRows();
    const ms = performance.now() - start;
    assert.equal(rows.length, 201);
    assert.ok(ms < 1500, `${ms.toFixed(0)} ms`);
  });

  it('leave the extension host small', () => {
    const { heapUsed } = process.memoryUsage();
    assert.ok(heapUsed < 150e6, `${(heapUsed / 1e6).toFixed(0)} MB`);
  });
});
