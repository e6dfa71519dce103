import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { outputPaths } from '../../../../src/core/output/paths.ts';
import { OutputReader } from '../../../../src/core/output/reader.ts';
import { OutputWriter, hasSpools, prepareOutput } from '../../../../src/core/output/writer.ts';
import { exitOf } from '../../../helpers/processes/processes.ts';
import { find, tempDir } from '../../../helpers/temp.ts';

/** A record of the index: the time in milliseconds, and the stream. */
function record(ms: number, stream: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(ms));
  bytes.writeUInt8(stream, 8);
  return bytes;
}

test('T9: a line and an unfinished line make two records', async (t) => {
  const run = { metaPath: tempDir(t) };
  const paths = outputPaths(run, 'run');
  const before = Date.now();
  const fds = prepareOutput(run, 'run');
  const child = spawn(process.execPath, ['-e', "process.stdout.write('a\\nb')"], {
    stdio: ['ignore', fds.stdout, fds.stderr],
  });
  fds.close();
  const writer = new OutputWriter(run, 'run');
  await exitOf(child);
  assert.equal(await writer.close(), true);
  assert.equal(readFileSync(paths.output, 'utf8'), 'a\nb');
  const index = readFileSync(paths.index);
  const after = Date.now();
  const times = [0, 9].map((at) => Number(index.readBigUInt64BE(at)));
  assert.deepEqual(index, Buffer.concat(times.map((ms) => record(ms, 0))));
  const all = [before, ...times, after];
  assert.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
  );
  assert.equal(hasSpools(run, 'run'), false);
  assert.deepEqual(find(paths.spoolDir), []);
});

test('T9: the pair of stdout and stderr that the first Gage wrote', async () => {
  const index = Buffer.concat(
    Array.from({ length: 10 }, (_, i) => record(1_700_000_000_000 + i, i < 5 ? 0 : 1)),
  );
  const text = Array.from({ length: 10 }, (_, i) => `${i < 5 ? 'out' : 'err'} ${String(i)}\n`).join(
    '',
  );
  const lines = await OutputReader.ofBuffers(Buffer.from(text), index).readLines(0, 10);
  assert.deepEqual(
    lines.map(({ stream }) => stream),
    [...Array<string>(5).fill('stdout'), ...Array<string>(5).fill('stderr')],
  );
});
