import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** What a measurement needs. */
export interface BenchContext {
  /** An empty directory of the measurement's own. */
  readonly dir: string;
  /** 1 for the sizes of the record; smaller to see that the scripts work. */
  readonly scale: number;
  readonly log: (text: string) => void;
}

/** One number of the record. */
export interface Result {
  readonly what: string;
  /** The number with its unit. */
  readonly value: string;
  /** The limit it is held against, in words; empty when there is none. */
  readonly limit?: string;
  /** Whether the limit holds; undefined without one. */
  readonly ok?: boolean;
}

/** A measurement: prints nothing itself. */
export type Bench = (context: BenchContext) => Promise<readonly Result[]>;

/** Wall time of `work` in milliseconds. */
export async function time(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The median of wall times of several calls. Milliseconds. */
export async function medianTime(times: number, work: () => unknown): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push(await time(work));
  return median(all);
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? 0)) / 2;
}

/** Runs a program to its end, output thrown away. Rejects unless it exits with 0. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  await execa(file, args, {
    ...options,
    extendEnv: options.env === undefined,
    stdin: 'ignore',
    stdout: 'ignore',
  });
}

/** Runs `work` with a directory that is removed afterwards. */
export async function withDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const base = process.env['RUNYARD_BENCH_DIR'] ?? tmpdir();
  const dir = realpathSync(mkdtempSync(join(base, 'runyard-bench-')));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** `0.12 ms`, `3.4 ms`, `120 ms`, `4.56 s`. */
export function formatMs(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `2.3 times`. */
export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} times`;
}
