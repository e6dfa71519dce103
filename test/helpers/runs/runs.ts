import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { applyConfig } from '../../../src/config/apply.ts';
import type { JsonObject } from '../../../src/core/data/json.ts';
import { stageRun } from '../../../src/core/life/stage.ts';
import { newRunId } from '../../../src/core/run/ids.ts';
import { initRunMeta, makeRun } from '../../../src/core/run/run.ts';
import type { Command, Run, RunConfig, RunInfo } from '../../../src/core/run/types.ts';
import { readRunInfo } from '../../../src/core/store/read.ts';
import { tempDir, writeTree, type TreeEntry } from '../temp.ts';

/** What {@link newTestRun} makes. */
export interface TestRunOptions {
  readonly command: Command;
  readonly env?: Readonly<Record<string, string>>;
  /** Op table beside `exec.run`, for example hooks or summary settings. */
  readonly table?: JsonObject;
  readonly config?: RunConfig;
  /** Files of the project. */
  readonly files?: Readonly<Record<string, TreeEntry>>;
  /** Where; a fresh temporary directory by default. */
  readonly root?: string;
}

/** A run that was initialized, in a store of its own, with its project: status `pending`. */
export function newTestRun(
  t: Pick<TestContext, 'after'>,
  options: TestRunOptions,
): { readonly run: Run; readonly projectDir: string } {
  const root = options.root ?? tempDir(t);
  const projectDir = join(root, 'project');
  writeTree(projectDir, options.files ?? {});
  const run = makeRun({ ns: 'test', name: 'test', version: null }, join(root, 'runs'));
  const table: JsonObject = options.table ?? { exec: options.command };
  const command = { command: options.command, env: options.env ?? {} };
  initRunMeta(run, { name: 'test', table }, options.config ?? {}, command, { projectDir });
  return { run, projectDir };
}

/** A run in a store of its own, status `pending`, with files in its run directory already. */
export function runWithFiles(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, TreeEntry>> = {},
): Run {
  const { run } = newTestRun(t, { command: ['true'] });
  writeTree(run.runDir, files);
  return run;
}

/** A run as of {@link newTestRun}, staged in this process. */
export async function stagedTestRun(
  t: Pick<TestContext, 'after'>,
  options: TestRunOptions,
): Promise<Run> {
  const { run, projectDir } = newTestRun(t, options);
  await stageRun(run, projectDir, { applyConfig });
  return run;
}

/** The row of a run that is there. */
export async function infoOf(run: Pick<Run, 'runsDir' | 'id'>): Promise<RunInfo> {
  const info = await readRunInfo(run.runsDir, run.id);
  assert.ok(info !== null);
  return info;
}

let clock = 1_700_000_000_000_000;

/** Files of a completed run as Gage leaves them. @returns its id. */
export function addRun(store: string, files: Record<string, string> = {}): string {
  const id = newRunId();
  clock += 1_000_000;
  writeTree(join(store, `${id}.meta`), {
    opref: '1 proj train',
    id,
    initialized: String(clock),
    staged: String(clock + 1),
    started: String(clock + 2),
    stopped: String(clock + 3),
    'proc/exit': '0',
    ...files,
  });
  return id;
}
