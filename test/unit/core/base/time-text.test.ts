import assert from 'node:assert/strict';
import test from 'node:test';
import {
  formatDuration,
  localDay,
  localTime,
  relativeTime,
} from '../../../../src/core/base/time-text.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test('how long ago', () => {
  const now = new Date(2026, 10, 21, 14, 3, 9).getTime();
  const ago = (ms: number): string => relativeTime(now - ms, now);
  assert.equal(ago(0), 'just now');
  assert.equal(ago(-HOUR), 'just now');
  assert.equal(ago(30_000), 'just now');
  assert.equal(ago(MINUTE), '1 min ago');
  assert.equal(ago(2 * HOUR - 1000), '1 h ago');
  assert.equal(ago(DAY), '1 day ago');
  assert.equal(ago(6 * DAY), '6 days ago');
  assert.equal(ago(7 * DAY), '2026-11-14');
});

test('how long', () => {
  assert.equal(formatDuration(-1), '0 ms');
  assert.equal(formatDuration(4), '4 ms');
  assert.equal(formatDuration(1400), '1.4 s');
  assert.equal(formatDuration(9_990), '10 s');
  assert.equal(formatDuration(59_700), '1m 00s');
  assert.equal(formatDuration(185_000), '3m 05s');
  assert.equal(formatDuration(3_661_000), '1h 01m');
  assert.equal(formatDuration(27 * HOUR), '1d 03h');
});

test('local date and time', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).getTime();
  assert.equal(localDay(time), '2026-01-02');
  assert.equal(localTime(time), '2026-01-02 03:04:05');
});
