import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { readScalars, type ScalarSummary } from '../../../src/guild/scalars.ts';
import { unpackGuildFixture } from '../../helpers/guild/fixture.ts';
import { posix } from '../../helpers/posix.ts';
import { linkToDevice, makePipe } from '../../helpers/special-files.ts';
import { find, tempDir, writeTree } from '../../helpers/temp.ts';

const symlinks = posix('symbolic links');

/** Event files that TensorBoard wrote, and what Guild made of them. */
const expected = JSON.parse(
  readFileSync(join(repoRoot, 'test/fixtures/guild/events.expected.json'), 'utf8'),
) as Readonly<Record<string, Readonly<Record<keyof ScalarSummary, number | null>>>>;

describe('scalars from event files (guild-format.md 6.3)', () => {
  test('every scalar has the values that Guild reads', async (t) => {
    const dir = unpackGuildFixture('events.tar.gz', tempDir(t), 'evrun');
    const scalars = await readScalars(dir, { followRuns: false });
    assert.deepEqual([...scalars.keys()], Object.keys(expected).sort());
    for (const [name, want] of Object.entries(expected)) {
      const got = scalars.get(name);
      for (const key of ['first', 'last', 'lastStep', 'min', 'max', 'total', 'count'] as const) {
        const value = want[key] ?? NaN;
        const seen = got?.[key] ?? Infinity;
        assert.ok(
          Object.is(seen, value) || Math.abs(seen - value) < 1e-6,
          `${name} ${key}: ${String(seen)} instead of ${String(value)}`,
        );
      }
    }
    assert.equal(scalars.get('eval#loss')?.first, 0.3);
  });

  test('a file that is being written counts up to its last whole event', async (t) => {
    const dir = unpackGuildFixture('events.tar.gz', tempDir(t), 'evrun');
    const [path = ''] = find(dir).filter((name) => name.startsWith('.guild/'));
    const bytes = readFileSync(join(dir, path));
    const counts = new Set<number>();
    for (const size of [0, 5, 11, 60, 120, 200, 300, bytes.length - 3]) {
      truncateSync(join(dir, path));
      writeFileSync(join(dir, path), bytes.subarray(0, size));
      counts.add((await readScalars(dir, { followRuns: false })).get('loss')?.count ?? 0);
    }
    assert.deepEqual(
      [...counts],
      [...counts].sort((a, b) => a - b),
    );
    assert.ok(counts.has(0) && counts.has(5) && counts.size > 3, [...counts].join(' '));
  });

  test('garbage ends a file and does no harm', async (t) => {
    const dir = unpackGuildFixture('events.tar.gz', tempDir(t), 'evrun');
    const [path = ''] = find(dir).filter((name) => name.startsWith('.guild/'));
    const record = Buffer.alloc(12 + 40 + 4, 0xff);
    record.writeBigUInt64LE(40n);
    appendFileSync(join(dir, path), record);
    assert.equal((await readScalars(dir, { followRuns: false })).get('loss')?.count, 5);
    writeTree(dir, { 'x/a.tfevents.1': 'no events at all, only text that is long enough' });
    assert.equal((await readScalars(dir, { followRuns: false })).size, 5);
  });

  test('pipes and devices are no event files', posix('named pipes'), async (t) => {
    const dir = tempDir(t);
    makePipe(join(dir, 'a.tfevents.1'));
    linkToDevice(join(dir, 'b.tfevents.2'));
    assert.equal((await readScalars(dir, { followRuns: true })).size, 0);
  });

  test('links are followed to runs only, and never round in a circle', symlinks, async (t) => {
    const dir = tempDir(t);
    const run = unpackGuildFixture('events.tar.gz', dir, 'evrun');
    writeTree(join(dir, 'steps', '.guild'), { opref: "builtin:guildai 0.9 '' steps" });
    writeTree(join(run, '.guild'), { opref: "script:/p '' '' a.py" });
    symlinkSync('../evrun', join(dir, 'steps', 'train'));
    symlinkSync('../steps', join(run, 'back'));
    symlinkSync('../evrun/eval', join(dir, 'steps', 'data'));
    const followed = await readScalars(join(dir, 'steps'), { followRuns: true });
    assert.deepEqual(
      [...followed.keys()].filter((name) => name.endsWith('#loss')),
      ['train#loss', 'train/eval#loss'],
    );
    assert.equal((await readScalars(join(dir, 'steps'), { followRuns: false })).size, 0);
  });
});
