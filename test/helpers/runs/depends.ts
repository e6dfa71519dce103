import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Json } from '../../../src/core/data/json.ts';
import { stageRun, type StageOptions } from '../../../src/core/life/stage.ts';
import { parseDependsFile, type StagedDependency } from '../../../src/core/meta/depends-file.ts';
import { setUserAttributes } from '../../../src/core/run/attributes.ts';
import {
  initRunMeta,
  makeRun,
  runMetaPath,
  runyardPath,
  writeMeta,
} from '../../../src/core/run/run.ts';
import type { Run, RunConfig } from '../../../src/core/run/types.ts';
import { findDepends } from '../../../src/depends/stage.ts';
import { tempDir, writeTree, type TreeEntry } from '../temp.ts';

/** What a run of the past looks like. */
export interface PastRun {
  readonly op?: string;
  readonly ns?: string;
  readonly label?: string;
  readonly config?: RunConfig;
  readonly summary?: string;
  /** Files in the run directory; the manifest has them as generated. */
  readonly files?: Readonly<Record<string, TreeEntry>>;
  /** Exit code; null: staged only. Default 0. */
  readonly exit?: number | null;
}

/** A project `proj` with a store of its own, and runs as if made long ago. */
export class DependsProject {
  readonly dir: string;
  readonly runsDir: string;
  #clock = 1_700_000_000_000_000;

  constructor(t: Pick<TestContext, 'after'>, files: Readonly<Record<string, TreeEntry>> = {}) {
    this.dir = writeTree(join(tempDir(t), 'proj'), files);
    this.runsDir = join(this.dir, '.gage', 'runs');
  }

  /** Adds a run; each is newer than the ones before. */
  past(what: PastRun = {}): Run {
    const { op = 'prepare', ns = 'proj', exit = 0, files = {} } = what;
    const run = makeRun({ ns, name: op, version: null }, this.runsDir);
    const table = { exec: 'true' };
    initRunMeta(run, { name: op, table }, what.config ?? {}, { command: 'true', env: {} });
    writeTree(run.runDir, files);
    const lines = Object.keys(files).map((path) => `g ${'0'.repeat(64)} ${path}\n`);
    writeMeta(run, 'manifest', lines.join(''));
    const time = String((this.#clock += 1_000_000));
    writeMeta(run, 'staged', time);
    if (exit !== null) {
      writeMeta(run, 'started', time);
      writeMeta(run, 'stopped', String(Number(time) + 500_000));
      writeMeta(run, 'proc/exit', String(exit));
    }
    if (what.summary !== undefined) writeMeta(run, 'summary.json', what.summary);
    if (what.label !== undefined) setUserAttributes(this.runsDir, run.id, { label: what.label });
    return run;
  }

  /** A run of `train` with these dependencies that waits to be staged. */
  pending(
    depends: Json,
    table: Readonly<Record<string, Json>> = {},
    op = 'train',
    config: RunConfig = {},
  ): Run {
    mkdirSync(this.runsDir, { recursive: true });
    const run = makeRun({ ns: 'proj', name: op, version: null }, this.runsDir);
    const opdef = { name: op, table: { exec: 'true', depends, ...table } };
    initRunMeta(run, opdef, config, { command: 'true', env: {} });
    return run;
  }

  async stage(run: Run, options: StageOptions = {}): Promise<void> {
    await stageRun(run, this.dir, { findDepends, ...options });
  }
}

/** What `depends.json` of a run says. */
export function stagedDepends(run: Run): readonly StagedDependency[] {
  return parseDependsFile(readFileSync(runyardPath(run, 'depends.json'), 'utf8'));
}

/** Messages of the runner log since the run was made. */
export function runnerLog(run: Run): string[] {
  const lines = readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8')
    .trimEnd()
    .split('\n');
  const messages = lines.map((line) => line.replace(/^\S+ /, ''));
  return messages.slice(messages.indexOf('Writing meta initialized') + 1);
}
