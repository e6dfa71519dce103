import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes } from '../scripts/lib/say.mts';
import { outputPaths } from '../src/core/output/paths.ts';
import { OutputReader } from '../src/core/output/reader.ts';
import { OutputWriter, prepareOutput } from '../src/core/output/writer.ts';
import { makeRun } from '../src/core/run/run.ts';
import type { Run } from '../src/core/run/types.ts';
import { formatMs, formatRatio, median, medianTime, runProgram, time, type Bench } from './lib.ts';

/** Writing 1 GB of output beside `cat`, and opening it. */
export const output: Bench = async ({ dir, scale, log }) => {
  const bytes = Math.round(1_000_000_000 * scale);
  const source = join(dir, 'source.txt');
  log(`Writing ${formatBytes(bytes)} of lines`);
  const lines = writeLines(source, bytes);
  const opref = { ns: 'bench', name: 'cat', version: null };
  const run = makeRun(opref, join(dir, 'runs'));

  const theirs: number[] = [];
  const ours: number[] = [];
  const before = process.resourceUsage().maxRSS / 1000;
  for (let i = 0; i < 3; i++) {
    const copy = join(dir, 'copy.txt');
    theirs.push(
      await time(() => runProgram('sh', ['-c', 'cat "$1" | cat > "$2"', 'sh', source, copy])),
    );
    ours.push(await time(() => writeOutput(run, source)));
  }
  const rss = process.resourceUsage().maxRSS / 1000;
  const size = statSync(outputPaths(run, 'run').output).size;
  if (size !== statSync(source).size) throw new Error('The output is not what was printed.');

  // A new reader each time: nothing is remembered. The file is in the page cache for both.
  const tail = await medianTime(5, async () => {
    const reader = OutputReader.ofRun(run, 'run');
    const { lines: last } = await reader.tail(1000);
    if (last.at(-1)?.line !== lines - 1) throw new Error('The tail is not the end.');
    await reader.close();
  });
  const reader = OutputReader.ofRun(run, 'run');
  const seeks: number[] = [];
  for (let i = 0; i < 50; i++) {
    const line = Math.floor(((i * 37) % 50) * (lines / 50));
    seeks.push(
      await time(async () => {
        const [found] = await reader.readLines(line, line + 1);
        if (!found?.text.startsWith(`line ${String(line)} `)) throw new Error('The wrong line.');
      }),
    );
  }
  await reader.close();
  const ratio = median(theirs) / median(ours);
  return [
    {
      what: `cat | cat > file, ${formatBytes(bytes)}, ${String(lines)} lines`,
      value: `${formatMs(median(theirs))}, ${rate(bytes, median(theirs))}`,
    },
    {
      what: 'our output writer, from start to output and index complete',
      value: `${formatMs(median(ours))}, ${rate(bytes, median(ours))}, ${formatRatio(ratio)} the speed of cat`,
      limit: 'half the speed of cat',
      ok: ratio >= 0.5,
    },
    {
      what: 'memory of the writing process, most after and before',
      value: `${rss.toFixed(0)} MB, ${before.toFixed(0)} MB resident`,
      limit: 'no growth with the output',
      ok: rss - before < 50,
    },
    {
      what: 'opening the output at its end (last 1000 lines)',
      value: formatMs(tail),
      limit: 'under 200 ms',
      ok: tail < 200,
    },
    {
      what: 'any line by number (median, most)',
      value: `${formatMs(median(seeks))}, ${formatMs(Math.max(...seeks))}`,
      limit: 'without reading the rest',
      ok: Math.max(...seeks) < 200,
    },
  ];
};

async function writeOutput(run: Run, source: string): Promise<void> {
  const fds = prepareOutput(run, 'run');
  // Raw spawn: it writes straight into our files.
  const child = spawn('cat', [source], { stdio: ['ignore', fds.stdout, fds.stderr] });
  fds.close();
  const writer = new OutputWriter(run, 'run');
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (!(await writer.close())) throw new Error('The output could not be written.');
}

/** Lines of 40 to 120 characters, as a training prints them. @returns how many. */
function writeLines(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  let count = 0;
  for (let written = 0; written < bytes;) {
    let chunk = '';
    while (chunk.length < 1_000_000 && written + chunk.length < bytes) {
      const head = `line ${String(count)} loss 0.123456 accuracy 0.98765 `;
      chunk += `${head}${'x'.repeat(count % 80)}\n`;
      count++;
    }
    writeSync(file, chunk);
    written += chunk.length;
  }
  closeSync(file);
  return count;
}

function rate(bytes: number, ms: number): string {
  return `${(bytes / 1000 / ms).toFixed(0)} MB/s`;
}

/** Used by the other measurements: a file of `bytes` bytes that looks like source code. */
export function writeSource(path: string, bytes: number, seed: number): void {
  const line = `value_${String(seed)} = compute(${String(seed * 7919)})  # generated for the measurement\n`;
  writeFileSync(path, line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes));
}
