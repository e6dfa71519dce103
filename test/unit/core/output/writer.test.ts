import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { outputPaths } from '../../../../src/core/output/paths.ts';
import { SpoolMerger } from '../../../../src/core/output/spool-merger.ts';
import { OutputWriter, prepareOutput } from '../../../../src/core/output/writer.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir, waitFor } from '../../../helpers/temp.ts';

interface Phase {
  readonly run: { readonly metaPath: string };
  print(stream: 0 | 1, text: string): void;
  output(): string;
  records(): { ms: number; stream: number }[];
}

function phaseIn(t: test.TestContext): Phase {
  const run = { metaPath: tempDir(t) };
  const paths = outputPaths(run, 'run');
  prepareOutput(run, 'run').close();
  return {
    run,
    print: (stream, text) => {
      appendFileSync(stream === 0 ? paths.stdout : paths.stderr, text);
    },
    output: () => readFileSync(paths.output, 'latin1'),
    records: () => recordsOf(readFileSync(paths.index)),
  };
}

function recordsOf(index: Buffer): { ms: number; stream: number }[] {
  assert.equal(index.length % 9, 0);
  return Array.from({ length: index.length / 9 }, (_, i) => ({
    ms: Number(index.readBigUInt64BE(i * 9)),
    stream: index.readUInt8(i * 9 + 8),
  }));
}

function linesOf(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

test('at the end an unfinished line of one stream does not swallow a line of the other', async (t) => {
  const phase = phaseIn(t);
  phase.print(0, 'out\nno end');
  phase.print(1, 'err\n');
  await new OutputWriter(phase.run, 'run').close();
  assert.equal(phase.output(), 'out\nerr\nno end');
  assert.deepEqual(
    phase.records().map(({ stream }) => stream),
    [0, 1, 0],
  );
});

test('an output without a byte exists and is empty', async (t) => {
  const phase = phaseIn(t);
  await new OutputWriter(phase.run, 'run').close();
  assert.equal(phase.output(), '');
  assert.deepEqual(phase.records(), []);
});

test('whole lines of both streams are written at once, each with its stream', (t) => {
  const phase = phaseIn(t);
  const merger = new SpoolMerger(outputPaths(phase.run, 'run'));
  phase.print(0, 'out 1\nout 2\nout');
  phase.print(1, 'err 1\n');
  merger.step(1000);
  assert.equal(phase.output(), 'out 1\nout 2\nerr 1\n');
  phase.print(0, ' 3\n');
  merger.step(1010);
  assert.equal(phase.output(), 'out 1\nout 2\nerr 1\nout 3\n');
  assert.deepEqual(phase.records(), [
    { ms: 1000, stream: 0 },
    { ms: 1000, stream: 0 },
    { ms: 1000, stream: 1 },
    { ms: 1010, stream: 0 },
  ]);
  merger.close();
});

test('a line that stays unfinished is written after 300 ms, with one record for all of it', (t) => {
  const phase = phaseIn(t);
  const merger = new SpoolMerger(outputPaths(phase.run, 'run'));
  phase.print(0, 'Continue? ');
  merger.step(1000);
  merger.step(1299);
  assert.equal(phase.output(), '');
  merger.step(1300);
  assert.equal(phase.output(), 'Continue? ');
  assert.deepEqual(phase.records(), [{ ms: 1300, stream: 0 }]);
  phase.print(0, 'yes\nnext\n');
  merger.step(2000);
  assert.equal(phase.output(), 'Continue? yes\nnext\n');
  assert.deepEqual(phase.records(), [
    { ms: 1300, stream: 0 },
    { ms: 2000, stream: 0 },
  ]);
  merger.close();
});

test('a stream waits a second for the unfinished line of the other, then goes on in it', (t) => {
  const phase = phaseIn(t);
  const merger = new SpoolMerger(outputPaths(phase.run, 'run'));
  phase.print(1, ' 50%|##');
  merger.step(1000);
  merger.step(1300);
  phase.print(0, 'step 5\n');
  merger.step(1400);
  merger.step(2399);
  assert.equal(phase.output(), ' 50%|##');
  merger.step(2400);
  assert.equal(phase.output(), ' 50%|##step 5\n');
  assert.deepEqual(phase.records(), [{ ms: 1300, stream: 1 }], 'one record for one line');
  merger.close();
});

test('a bar that is always redrawn does not hold up whole lines of the other stream', (t) => {
  const phase = phaseIn(t);
  const merger = new SpoolMerger(outputPaths(phase.run, 'run'));
  for (let i = 0; i < 20; i++) {
    phase.print(1, `\r${String(i)}%|`);
    if (i % 5 === 0) phase.print(0, `step ${String(i)}\n`);
    merger.step(1000 + i * 100);
  }
  assert.equal(phase.output(), 'step 0\nstep 5\nstep 10\nstep 15\n');
  merger.step(4000, true);
  const bars = Array.from({ length: 20 }, (_, i) => `\r${String(i)}%|`).join('');
  assert.equal(phase.output(), `step 0\nstep 5\nstep 10\nstep 15\n${bars}`);
  merger.close();
});

test('a very long unfinished line is written in parts, cut before a CR', (t) => {
  const phase = phaseIn(t);
  const merger = new SpoolMerger(outputPaths(phase.run, 'run'));
  const bars = '\r 50%|####'.repeat(10_000);
  phase.print(0, bars);
  merger.step(1000);
  const written = phase.output();
  assert.ok(written.length > 60_000 && written.length < bars.length);
  assert.ok(bars.slice(written.length).startsWith('\r'));
  while (merger.step(1000, true)) void 0;
  assert.equal(phase.output(), bars);
  assert.deepEqual(phase.records().length, 1);
  merger.close();
});

test('whatever is printed, no byte is lost and each line has one record', () => {
  const piece = fc.tuple(
    fc.constantFrom<0 | 1>(0, 1),
    fc.constantFrom('x', 'yy\n', '\n', '\r5%|', 'long '.repeat(50), 'a\nb\nc', ''),
    fc.constantFrom(0, 100, 400, 1500),
    fc.boolean(),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.constantFrom(5, 300, 1e9),
      (pieces, backlog) => {
        let cleanup: () => void = () => undefined;
        const phase = phaseIn({ after: (fn: () => void) => (cleanup = fn) } as never);
        const paths = outputPaths(phase.run, 'run');
        let merger = new SpoolMerger(paths, undefined, backlog);
        let now = 1000;
        for (const [stream, text, wait, crash] of pieces) {
          phase.print(stream, text);
          now += wait;
          merger.step(now);
          if (crash) {
            // As after SIGKILL: what was written after the last commit is there, too.
            const { linked } = merger;
            merger.close();
            if (!linked) appendFileSync(paths.output, 'written but not committed\n');
            appendFileSync(paths.index, Buffer.alloc(9));
            merger = new SpoolMerger(paths, undefined, backlog);
            assert.equal(merger.linked, linked);
          }
        }
        while (merger.step(now + 5000, true)) void 0;
        merger.step(now + 5000, true);
        merger.close();
        const out = phase.output();
        const records = phase.records();
        cleanup();
        assert.equal(records.length, linesOf(out));
        const sorted = (text: string): string => text.split('').sort().join('');
        assert.equal(sorted(out), sorted(pieces.map(([, text]) => text).join('')));
        for (const stream of [0, 1] as const) {
          const only = pieces.filter(([s]) => s === stream).map(([, text]) => text);
          if (pieces.every(([s]) => s === stream)) assert.equal(out, only.join(''));
        }
        assert.deepEqual(
          records.map(({ ms }) => ms),
          records.map(({ ms }) => ms).sort((a, b) => a - b),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('a commit that was cut in two by a crash falls back to the one before', (t) => {
  const phase = phaseIn(t);
  const paths = outputPaths(phase.run, 'run');
  let merger = new SpoolMerger(paths);
  phase.print(0, 'one\n');
  merger.step(1000);
  phase.print(0, 'two\n');
  merger.step(1100);
  merger.close();
  const commit = readFileSync(paths.commit);
  // Commits 1 and 2 are in slots 1 and 0.
  commit.fill(0xee, 10, 40);
  writeFileSync(paths.commit, commit);
  merger = new SpoolMerger(paths);
  assert.equal(phase.output(), 'one\n');
  merger.step(1200, true);
  assert.equal(phase.output(), 'one\ntwo\n');
  assert.equal(phase.records().length, 2);
  merger.close();
});

test('a program that truncates its own output loses nothing that was merged', (t) => {
  const phase = phaseIn(t);
  const paths = outputPaths(phase.run, 'run');
  const merger = new SpoolMerger(paths);
  for (let i = 1; i <= 3; i++) {
    // What `echo line > /dev/stderr` does to a file.
    truncateSync(paths.stderr);
    phase.print(1, `line ${String(i)}\n`);
    merger.step(1000 * i);
  }
  assert.equal(phase.output(), 'line 1\nline 2\nline 3\n');
  assert.equal(merger.rewrites, 2);
  merger.close();
});

test('a stream that is far ahead becomes the output itself, until the other stream comes', (t) => {
  const phase = phaseIn(t);
  const paths = outputPaths(phase.run, 'run');
  const merger = new SpoolMerger(paths, undefined, 1000);
  phase.print(0, 'first\n');
  merger.step(1000);
  assert.equal(merger.linked, false);
  const mode = statSync(paths.output).mode;
  const many = 'a line\n'.repeat(500);
  phase.print(0, many);
  merger.step(1100);
  assert.equal(merger.linked, true);
  assert.equal(statSync(paths.output).ino, statSync(paths.stdout).ino);
  assert.equal(statSync(paths.output).mode, mode);
  assert.equal(phase.records().length, 501);
  phase.print(1, 'error\n');
  phase.print(0, 'more\n');
  merger.step(1200);
  assert.equal(merger.linked, false);
  merger.step(1300, true);
  assert.equal(phase.output(), `first\n${many}more\nerror\n`);
  assert.equal(phase.records().length, 503);
  merger.close();
});

test(
  'a process that stays cannot write into a finished output',
  posix('the program sleep'),
  async (t) => {
    const phase = phaseIn(t);
    const fds = prepareOutput(phase.run, 'run');
    const writer = new OutputWriter(phase.run, 'run', {}, 10);
    const child = spawn('sleep', ['600'], { stdio: ['ignore', fds.stdout, fds.stderr] });
    t.after(() => child.kill('SIGKILL'));
    const paths = outputPaths(phase.run, 'run');
    writeSync(fds.stdout, 'many bytes of output\n');
    await waitFor(() => statSync(paths.output).ino === statSync(paths.stdout).ino);
    await writer.close();
    writeSync(fds.stdout, 'too late\n');
    fds.close();
    assert.equal(phase.output(), 'many bytes of output\n');
  },
);

test('the offset table has the beginning of every 1024th line', async (t) => {
  const phase = phaseIn(t);
  const text = Array.from({ length: 5000 }, (_, i) => `line ${String(i)}\n`).join('');
  for (let at = 0; at < text.length; at += 7777) phase.print(0, text.slice(at, at + 7777));
  await new OutputWriter(phase.run, 'run').close();
  const table = readFileSync(outputPaths(phase.run, 'run').offsets);
  const offsets = Array.from({ length: table.length / 8 }, (_, i) =>
    Number(table.readBigUInt64BE(i * 8)),
  );
  assert.deepEqual(
    offsets,
    [0, 1024, 2048, 3072, 4096].map((line) => text.indexOf(`line ${String(line)}\n`)),
  );
});

test('output is there while the process still runs, progress is told', async (t) => {
  const phase = phaseIn(t);
  const fds = prepareOutput(phase.run, 'run');
  const seen: number[] = [];
  const writer = new OutputWriter(phase.run, 'run', {
    onProgress: ({ percent }) => seen.push(percent),
  });
  writeSync(fds.stdout, 'first\n');
  await waitFor(() => phase.output() === 'first\n', { what: 'the first line' });
  writeSync(fds.stderr, '\r 40%|##');
  await waitFor(() => seen.at(-1) === 40, { what: 'progress without CR or LF' });
  await waitFor(() => phase.output() === 'first\n\r 40%|##', { what: 'the unfinished line' });
  fds.close();
  await writer.close();
  assert.deepEqual(
    phase.records().map(({ stream }) => stream),
    [0, 1],
  );
});

test('64 MB of short lines pass through without growing memory', async (t) => {
  const phase = phaseIn(t);
  const line = `${'x'.repeat(79)}\n`;
  const block = line.repeat(13_107);
  const fds = prepareOutput(phase.run, 'run');
  const writer = new OutputWriter(phase.run, 'run');
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  for (let i = 0; i < 64; i++) {
    writeSync(fds.stdout, block);
    await new Promise((resolve) => setImmediate(resolve));
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  fds.close();
  await writer.close();
  const { size } = statSync(outputPaths(phase.run, 'run').output);
  assert.equal(size, block.length * 64);
  assert.equal(statSync(outputPaths(phase.run, 'run').index).size, (size / 80) * 9);
  assert.ok(peak < 8 * 1024 * 1024, `${String(peak)} bytes of buffers`);
});
