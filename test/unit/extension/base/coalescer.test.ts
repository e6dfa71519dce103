import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Coalescer } from '../../../../src/extension/base/coalescer.ts';
import { TestClock } from '../../../helpers/clock.ts';

describe('coalescing', () => {
  it('fires at once after a quiet time, then at most once per interval, and a last time', () => {
    const clock = new TestClock();
    const fired: [time: number, items: readonly string[]][] = [];
    const coalescer = new Coalescer<string>(
      (items) => fired.push([clock.now(), items]),
      250,
      clock,
    );
    coalescer.add(['a']);
    // An event every 20 ms would starve a debounce for ever.
    for (let i = 0; i < 50; i++) {
      clock.move(20);
      coalescer.add([`b${i}`]);
    }
    clock.move(1000);
    assert.deepEqual(fired[0], [0, ['a']]);
    assert.deepEqual(
      fired.map(([time]) => time),
      [0, 250, 500, 750, 1000, 1250].slice(0, fired.length),
    );
    assert.equal(new Set(fired.flatMap(([, items]) => items)).size, 51);
    assert.ok(fired.at(-1)?.[1].includes('b49'));
  });

  it('fires nothing after it was disposed', () => {
    const clock = new TestClock();
    let fires = 0;
    const coalescer = new Coalescer<string>(() => fires++, 250, clock);
    coalescer.add(['a']);
    coalescer.add(['b']);
    coalescer.dispose();
    coalescer.add(['c']);
    clock.move(1000);
    assert.equal(fires, 1);
  });
});
