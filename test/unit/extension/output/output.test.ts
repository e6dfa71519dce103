import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { BatchedText } from '../../../../src/extension/output/batched-text.ts';
import { ChannelFeed } from '../../../../src/extension/output/channel-feed.ts';
import { formatLine } from '../../../../src/extension/output/text.ts';
import { TestClock } from '../../../helpers/clock.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';
import { tempDir, waitFor } from '../../../helpers/temp.ts';

describe('text for a channel', () => {
  it('is handed on in batches of 64 kB or 50 ms', () => {
    const clock = new TestClock();
    const parts: [time: number, length: number][] = [];
    const text = new BatchedText((part) => parts.push([clock.now(), part.length]), clock);
    text.addLines(['one', 'two']);
    assert.equal(parts.length, 0);
    clock.move(50);
    assert.deepEqual(parts, [[50, 8]]);
    text.addLines(Array.from({ length: 20_000 }, () => 'x'.repeat(99)));
    assert.equal(parts.length, 1 + Math.floor(2_000_000 / 65_600));
    clock.move(50);
    assert.equal(
      parts.reduce((sum, [, length]) => sum + length, 0),
      8 + 2_000_000,
    );
  });

  it('marks stderr, and leaves out what a terminal would obey', () => {
    const line = (text: string, stream: 'stdout' | 'stderr' | null = 'stdout'): string =>
      formatLine({ line: 0, timeMs: new Date(2026, 1, 3, 4, 5, 6, 7).getTime(), stream, text });
    assert.equal(line('hello'), '04:05:06.007   hello');
    assert.equal(line('oh', 'stderr'), '04:05:06.007 ! oh');
    assert.equal(line('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\b'), '04:05:06.007   red x');
    assert.equal(line(' 10%|#   |\r100%|####|'), '04:05:06.007   100%|####|');
    assert.equal(line(''), '04:05:06.007');
    assert.equal(
      formatLine({ line: 0, timeMs: null, stream: null, text: 'x' }),
      `${' '.repeat(15)}x`,
    );
  });
});

/** A run directory whose output a test writes as a supervisor would. */
class FakeRun {
  readonly metaPath: string;
  #times = 1_700_000_000_000;

  constructor(t: TestContext) {
    this.metaPath = join(tempDir(t), `${runInfo(1).id}.meta`);
    mkdirSync(join(this.metaPath, 'output'), { recursive: true });
    mkdirSync(join(this.metaPath, 'runyard'));
    writeFileSync(join(this.metaPath, 'runyard', 'heartbeat'), '');
  }

  info(changes: Partial<RunInfo>): RunInfo {
    return runInfo(1, { metaPath: this.metaPath, ...changes });
  }

  /** Appends lines; the last may be unfinished. */
  write(phase: string, text: string, stream: 0 | 1 = 0): void {
    const path = join(this.metaPath, 'output', phase);
    const record = Buffer.alloc(9);
    record.writeBigUInt64BE(BigInt(this.#times++));
    record[8] = stream;
    const count = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    appendFileSync(`${path}.index`, Buffer.concat(Array.from({ length: count }, () => record)));
    appendFileSync(path, text);
  }

  end(): void {
    rmSync(join(this.metaPath, 'runyard', 'heartbeat'));
  }
}

interface Feeding {
  readonly feed: ChannelFeed;
  readonly text: () => string;
  readonly errors: unknown[];
}

function feedOf(t: TestContext, info: RunInfo, maxLines = 1000): Feeding {
  let text = '';
  const errors: unknown[] = [];
  const feed = new ChannelFeed(info, {
    append: (part) => (text += part),
    maxLines,
    link: (name) => Promise.resolve(`runyard://link/${name}`),
    onError: (error) => errors.push(error),
  });
  t.after(() => {
    feed.dispose();
    assert.deepEqual(errors, []);
  });
  return { feed, text: () => text, errors };
}

/** The texts of the lines, without times. */
function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^\d\d:/.test(line))
    .map((line) => line.slice(15));
}

describe('the feed of a channel', () => {
  const running = { status: 'running', exitCode: null } as const;

  it('shows the phases of a finished run in order, then its end', async (t) => {
    const run = new FakeRun(t);
    run.write('40_run', 'train\n');
    run.write('10_sourcecode', 'hook\n');
    run.end();
    const { feed, text } = feedOf(t, run.info({}));
    feed.update(run.info({}));
    await waitFor(() => text().includes('completed, exit code 0'));
    assert.match(
      text(),
      /── Stage source code ─[\s\S]*hook[\s\S]*── Run ─[\s\S]*train[\s\S]*completed/,
    );
  });

  it('goes on where the history ended: no line twice, none missing', async (t) => {
    const run = new FakeRun(t);
    let written = 0;
    const writeSome = (count: number): void => {
      for (let i = 0; i < count; i++) run.write('40_run', `line ${written++}\n`);
    };
    writeSome(500);
    run.write('40_run', 'unfini');
    const { feed, text } = feedOf(t, run.info(running));
    feed.update(run.info(running));
    // Written while the history is being read.
    appendFileSync(join(run.metaPath, 'output', '40_run'), 'shed\n');
    writeSome(300);
    await feed.caughtUp;
    for (let i = 0; i < 20; i++) {
      writeSome(10);
      feed.update(run.info(running));
      await waitFor(() => lines(text()).includes(`line ${written - 1}`));
    }
    run.end();
    feed.update(run.info({}));
    await waitFor(() => text().includes('completed'));
    const expected = Array.from({ length: written }, (_, i) => `line ${i}`);
    expected.splice(500, 0, 'unfinished');
    assert.deepEqual(lines(text()), expected);
  });

  it('shows an unfinished last line when the run has ended', async (t) => {
    const run = new FakeRun(t);
    run.write('40_run', 'one\nprompt>');
    const { feed, text } = feedOf(t, run.info(running));
    feed.update(run.info(running));
    await waitFor(() => lines(text()).length === 1);
    run.end();
    feed.update(run.info({}));
    await waitFor(() => text().includes('completed'));
    assert.deepEqual(lines(text()), ['one', 'prompt>']);
  });

  it('takes up phases that begin later', async (t) => {
    const run = new FakeRun(t);
    const pending = { status: 'pending', exitCode: null, phase: 'stage-runtime' } as const;
    const { feed, text } = feedOf(t, run.info(pending));
    feed.update(run.info(pending));
    run.write('20_runtime', 'installing\n');
    feed.update(run.info(pending));
    await waitFor(() => lines(text()).includes('installing'));
    run.write('20_runtime', 'done\n');
    run.write('40_run', 'training\n');
    feed.update(run.info(running));
    await waitFor(() => lines(text()).includes('training'));
    run.write('50_finalize', 'bye\n');
    run.end();
    feed.update(run.info({ status: 'error', exitCode: 2 }));
    await waitFor(() => text().includes('error, exit code 2'));
    assert.deepEqual(lines(text()), ['installing', 'done', 'training', 'bye']);
  });

  it('shows the last lines of a long output, with the way to all of it', async (t) => {
    const run = new FakeRun(t);
    run.write('40_run', Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join(''));
    run.end();
    const { feed, text } = feedOf(t, run.info({}), 100);
    feed.update(run.info({}));
    await waitFor(() => text().includes('completed'));
    assert.deepEqual(
      lines(text()),
      Array.from({ length: 100 }, (_, i) => `line ${4900 + i}`),
    );
    assert.match(text(), /… 4,900 earlier lines. The whole output: runyard:\/\/link\/40_run/);
  });

  it('shows a staged run again when it is started later', async (t) => {
    const run = new FakeRun(t);
    run.write('20_runtime', 'staged\n');
    const staged = { status: 'staged', exitCode: null } as const;
    const { feed, text } = feedOf(t, run.info(staged));
    feed.update(run.info(staged));
    await feed.caughtUp;
    assert.deepEqual(lines(text()), ['staged']);
    run.write('40_run', 'started\n');
    feed.update(run.info(running));
    await waitFor(() => lines(text()).includes('started'));
    assert.deepEqual(lines(text()), ['staged', 'started']);
  });
});
