import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import type { OutputEvent } from '../../../../src/core/output/follow.ts';
import type { OutputLine } from '../../../../src/core/output/lines.ts';
import { outputPaths } from '../../../../src/core/output/paths.ts';
import { OutputReader } from '../../../../src/core/output/reader.ts';
import { SpoolMerger } from '../../../../src/core/output/spool-merger.ts';
import { displayText } from '../../../../src/core/output/text.ts';
import { OutputWriter, prepareOutput } from '../../../../src/core/output/writer.ts';
import { tempDir, waitFor } from '../../../helpers/temp.ts';

const T0 = 1_700_000_000_000;

function record(ms: number, stream: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(ms));
  bytes.writeUInt8(stream, 8);
  return bytes;
}

function indexOf(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => record(T0 + i, i % 2)));
}

function texts(lines: readonly OutputLine[]): string[] {
  return lines.map(({ text }) => text);
}

/** A run whose output our own writer wrote. */
function written(t: Pick<test.TestContext, 'after'>, text: string): { metaPath: string } {
  const run = { metaPath: tempDir(t) };
  const paths = outputPaths(run, 'run');
  prepareOutput(run, 'run').close();
  appendFileSync(paths.stdout, text);
  const merger = new SpoolMerger(paths);
  while (merger.step(T0, true)) void 0;
  merger.close();
  rmSync(paths.spoolDir, { recursive: true });
  return run;
}

test('lines by number, with time and stream', async () => {
  const reader = OutputReader.ofBuffers(Buffer.from('a\nb\n\nd'), indexOf(4));
  assert.equal(await reader.lineCount(), 4);
  assert.deepEqual(await reader.readLines(1, 3), [
    { line: 1, timeMs: T0 + 1, stream: 'stderr', text: 'b' },
    { line: 2, timeMs: T0 + 2, stream: 'stdout', text: '' },
  ]);
  assert.deepEqual(texts(await reader.readLines(0, 99)), ['a', 'b', '', 'd']);
  assert.deepEqual(await reader.readLines(4, 9), []);
  assert.deepEqual(await reader.readLines(2, 2), []);
});

test('an index that is longer, shorter, broken or absent never throws', async () => {
  const output = Buffer.from('a\nb\nc\n');
  for (const index of [
    indexOf(50),
    indexOf(1),
    indexOf(2).subarray(0, 13),
    Buffer.alloc(0),
    null,
  ]) {
    const reader = OutputReader.ofBuffers(output, index);
    assert.equal(await reader.lineCount(), 3);
    assert.deepEqual(texts(await reader.readLines(0, 9)), ['a', 'b', 'c']);
    assert.deepEqual(texts((await reader.tail(2)).lines), ['b', 'c']);
  }
  const short = await OutputReader.ofBuffers(output, indexOf(1)).readLines(0, 2);
  assert.deepEqual(
    short.map(({ timeMs, stream }) => [timeMs, stream]),
    [
      [T0, 'stdout'],
      [null, null],
    ],
  );
  const garbage = OutputReader.ofBuffers(output, Buffer.alloc(27, 0xff));
  assert.deepEqual(await garbage.readLines(0, 1), [
    { line: 0, timeMs: null, stream: null, text: 'a' },
  ]);
});

test('an output that does not exist is empty', async (t) => {
  const reader = OutputReader.ofRun({ metaPath: tempDir(t) }, 'run');
  assert.equal(await reader.lineCount(), 0);
  assert.deepEqual(await reader.readLines(0, 5), []);
  assert.deepEqual(await reader.tail(5), {
    lines: [],
    next: { line: 0, offset: 0 },
    complete: true,
  });
  await reader.close();
});

test('broken UTF-8 is replaced, whole characters survive every cut', async () => {
  const bytes = Buffer.concat([
    Buffer.from('gut: ä€😀\n'),
    Buffer.from([0xff, 0xc3, 0x0a, 0xe2, 0x82]),
  ]);
  const reader = OutputReader.ofBuffers(bytes, null);
  assert.deepEqual(texts(await reader.readLines(0, 3)), ['gut: ä€😀', '\ufffd\ufffd', '\ufffd']);
  const { partial } = await reader.readFrom({ line: 2, offset: bytes.length - 2 });
  assert.equal(partial?.text, '', 'a character that is not complete yet waits for its rest');
});

test('CRs stay in the text; displayText is what a terminal shows in the end', async () => {
  const reader = OutputReader.ofBuffers(Buffer.from('\r 1%|\r 2%|\nwindows\r\n'), null);
  const lines = texts(await reader.readLines(0, 2));
  assert.deepEqual(lines, ['\r 1%|\r 2%|', 'windows\r']);
  assert.deepEqual(lines.map(displayText), [' 2%|', 'windows']);
  assert.equal(displayText(''), '');
  assert.equal(displayText('\r\r'), '');
});

test('of a very long line the beginning and the end are kept', async () => {
  const long = `${'a'.repeat(600_000)}${'b'.repeat(600_000)}`;
  const reader = OutputReader.ofBuffers(Buffer.from(`x\n${long}\ny\n`), null);
  const [, line, last] = await reader.readLines(0, 3, { maxLineBytes: 1000 });
  assert.match(line?.text ?? '', /^a{500} \[… 1199000 bytes …\] b{500}$/);
  assert.equal(last?.text, 'y');
  const whole = await reader.readLines(1, 2, { maxLineBytes: Infinity });
  assert.equal(whole[0]?.text, long);
});

test('every range of every output reads the same through table, scan and memory', async () => {
  const line = fc.constantFrom('', 'x', 'word '.repeat(9), 'ü'.repeat(30), '\r 5%|');
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 60 }),
      fc.constantFrom(1, 40, 90),
      fc.boolean(),
      fc.nat(),
      fc.nat(400),
      async (some, times, terminated, at, length) => {
        const all = Array.from({ length: times }, () => some).flat();
        const last = all.pop() ?? '';
        const text = all.map((l) => `${l}\n`).join('') + last + (terminated ? '\n' : '');
        const wanted = text === '' ? [] : text.replace(/\n$/, '').split('\n');
        let cleanup: () => void = () => undefined;
        const run = written({ after: (fn) => (cleanup = fn as () => void) }, text);
        const from = wanted.length === 0 ? 0 : at % wanted.length;
        const readers = [
          OutputReader.ofRun(run, 'run'),
          OutputReader.ofBuffers(Buffer.from(text), null),
        ];
        rmSync(outputPaths(run, 'run').offsets);
        readers.push(OutputReader.ofRun(run, 'run'));
        for (const reader of readers) {
          assert.equal(await reader.lineCount(), wanted.length);
          const lines = await reader.readLines(from, from + length);
          assert.deepEqual(texts(lines), wanted.slice(from, from + length));
          assert.deepEqual(
            lines.map((l) => l.line),
            lines.map((_, i) => from + i),
          );
          const tail = await reader.tail(length);
          assert.deepEqual(texts(tail.lines), length === 0 ? [] : wanted.slice(-length));
          assert.equal(
            tail.lines[0]?.line ?? 0,
            length === 0 || wanted.length === 0 ? 0 : Math.max(0, wanted.length - length),
          );
          await reader.close();
        }
        cleanup();
      },
    ),
    { numRuns: 60 },
  );
});

test('a wrong offset table is noticed, and the output is scanned instead', async (t) => {
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${String(i)}`);
  const run = written(t, `${lines.join('\n')}\n`);
  const table = Buffer.alloc(24);
  table.writeBigUInt64BE(5n, 8);
  table.writeBigUInt64BE(10n ** 15n, 16);
  writeFileSync(outputPaths(run, 'run').offsets, table);
  const reader = OutputReader.ofRun(run, 'run');
  for (const n of [0, 1023, 1024, 1500, 2047, 2048, 2999]) {
    assert.deepEqual(texts(await reader.readLines(n, n + 1)), [lines[n]]);
  }
  await reader.close();
});

async function collect(
  events: AsyncGenerator<OutputEvent>,
  partials: string[] = [],
): Promise<{ lines: OutputLine[]; partials: string[] }> {
  const lines: OutputLine[] = [];
  for await (const event of events) {
    lines.push(...event.lines);
    if (event.partial !== null) partials.push(event.partial.text);
  }
  return { lines, partials };
}

test('history and live meet without a gap and without a line twice', async (t) => {
  const run = { metaPath: tempDir(t) };
  const fds = prepareOutput(run, 'run');
  const writer = new OutputWriter(run, 'run');
  const print = (from: number, to: number): void => {
    for (let i = from; i < to; i++) writeSync(fds.stdout, `line ${String(i)}\n`);
  };
  print(0, 2000);
  const reader = OutputReader.ofRun(run, 'run');
  const tail = await waitFor(
    async () => {
      const last = await reader.tail(100);
      return last.lines.length === 100 && last;
    },
    { what: 'the last 100 lines' },
  );
  let ended = false;
  const live = collect(reader.follow(tail.next, { ended: () => ended, batchMs: 5 }));
  for (let i = 2000; i < 4000; i += 100) {
    print(i, i + 100);
    // Lets the writer and the reader have their turns in between.
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  writeSync(fds.stdout, 'the end');
  fds.close();
  await writer.close();
  ended = true;
  const { lines } = await live;
  const all = [...tail.lines, ...lines];
  const first = tail.lines[0]?.line ?? -1;
  assert.deepEqual(
    all.map(({ line, text }) => [line, text]),
    Array.from({ length: 4001 - first }, (_, i) => [
      first + i,
      first + i === 4000 ? 'the end' : `line ${String(first + i)}`,
    ]),
  );
  assert.ok(all.every(({ timeMs, stream }) => timeMs !== null && stream === 'stdout'));
  await reader.close();
});

test('an unfinished line is shown as it grows, and becomes a line at the end', async (t) => {
  const run = { metaPath: tempDir(t) };
  const { output } = outputPaths(run, 'run');
  let ended = false;
  const reader = OutputReader.ofRun(run, 'run');
  // The output does not exist yet, nor does its directory.
  const partials: string[] = [];
  const live = collect(
    reader.follow({ line: 0, offset: 0 }, { ended: () => ended, batchMs: 1 }),
    partials,
  );
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, 'Continue? ');
  await waitFor(() => partials.length === 1);
  appendFileSync(output, 'yes');
  await waitFor(() => partials.length === 2);
  ended = true;
  const { lines } = await live;
  assert.deepEqual(partials, ['Continue? ', 'Continue? yes']);
  assert.deepEqual(texts(lines), ['Continue? yes']);
  await reader.close();
});

test('following ends quietly when it is aborted', async (t) => {
  const run = written(t, 'a\n');
  const reader = OutputReader.ofRun(run, 'run');
  const abort = new AbortController();
  const lines: string[] = [];
  const options = { signal: abort.signal, ended: () => false };
  for await (const event of reader.follow({ line: 0, offset: 0 }, options)) {
    lines.push(...texts(event.lines));
    setImmediate(() => {
      abort.abort();
    });
  }
  assert.deepEqual(lines, ['a']);
  await assert.rejects(reader.readLines(0, 1, { signal: abort.signal }), { name: 'AbortError' });
  await reader.close();
});

test('what its writer has not committed yet is not shown', async (t) => {
  const run = { metaPath: tempDir(t) };
  const paths = outputPaths(run, 'run');
  prepareOutput(run, 'run').close();
  const merger = new SpoolMerger(paths);
  appendFileSync(paths.stdout, 'one\n');
  merger.step(T0);
  appendFileSync(paths.output, 'half a li');
  const reader = OutputReader.ofRun(run, 'run');
  assert.equal(await reader.size(), 4);
  assert.deepEqual(texts((await reader.tail(9)).lines), ['one']);
  merger.close();
  rmSync(paths.spoolDir, { recursive: true });
  assert.equal(await reader.size(), 13, 'without a writer everything counts');
  await reader.close();
});

test('an output that recover cut back and wrote again is followed on', async (t) => {
  const run = written(t, 'one\ntwo\n');
  const { output } = outputPaths(run, 'run');
  const reader = OutputReader.ofRun(run, 'run');
  const first = await reader.readFrom({ line: 0, offset: 0 });
  assert.deepEqual(texts(first.lines), ['one', 'two']);
  truncateSync(output, 4);
  assert.deepEqual((await reader.readFrom(first.next)).lines, []);
  appendFileSync(output, 'two\nthree\n');
  assert.deepEqual(texts((await reader.readFrom(first.next)).lines), ['three']);
  await reader.close();
});

test('the end of 1 GB opens without reading the rest', async (t) => {
  const run = written(t, '');
  const paths = outputPaths(run, 'run');
  const lines = 14_000_000;
  const bytes = lines * 80;
  // Sparse files: zeros that no reader may touch, and a real end.
  const out = openSync(paths.output, 'r+');
  const tail = Array.from(
    { length: 3000 },
    (_, i) => `${String(lines - 3000 + i).padEnd(79)}\n`,
  ).join('');
  ftruncateSync(out, bytes - tail.length - 1);
  writeSync(out, `\n${tail}`, bytes - tail.length - 1);
  closeSync(out);
  const table = Buffer.alloc(Math.ceil(lines / 1024) * 8);
  for (let i = 0; i * 8 < table.length; i++) table.writeBigUInt64BE(BigInt(i * 1024 * 80), i * 8);
  writeFileSync(paths.offsets, table);
  truncateSync(paths.index, lines * 9);
  const reader = OutputReader.ofRun(run, 'run');
  const before = process.cpuUsage();
  const { lines: last, next } = await reader.tail(1000);
  const { user, system } = process.cpuUsage(before);
  assert.equal(last.length, 1000);
  assert.equal(last.at(-1)?.line, lines - 1);
  assert.equal(last.at(-1)?.text.trim(), String(lines - 1));
  assert.deepEqual(next, { line: lines, offset: bytes });
  const [line] = await reader.readLines(lines - 2500, lines - 2499);
  assert.equal(line?.text.trim(), String(lines - 2500));
  assert.equal(await reader.lineCount(), lines);
  // Time of this process, not of the clock; to read all of it takes seconds.
  const ms = (user + system) / 1000;
  assert.ok(ms < 500, `${String(ms)} ms`);
  await reader.close();
});
