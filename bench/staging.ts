import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageRun } from '../src/core/life/stage.ts';
import { initRunMeta, makeRun } from '../src/core/run/run.ts';
import { formatMs, formatRatio, median, runProgram, time, type Bench } from './lib.ts';
import { writeSource } from './output.ts';

/** Staging a tree of 5,000 files, beside `cp -r` and `sha256sum`. */
export const staging: Bench = async ({ dir, scale, log }) => {
  const count = Math.round(5_000 * scale);
  const project = join(dir, 'project');
  log(`Writing ${String(count)} files`);
  for (let i = 0; i < count; i++) {
    const folder = join(project, `part${String(i % 50)}`, `group${String(i % 7)}`);
    mkdirSync(folder, { recursive: true });
    writeSource(join(folder, `file${String(i)}.py`), 500 + ((i * 397) % 12_000), i);
  }
  writeFileSync(join(project, 'gage.toml'), '[op]\nexec = "true"\n');

  const theirs: number[] = [];
  const ours: number[] = [];
  for (let i = 0; i < 3; i++) {
    const copy = join(dir, 'copy');
    rmSync(copy, { recursive: true, force: true });
    const script = 'cp -r "$1" "$2" && find "$2" -type f -print0 | xargs -0 sha256sum > "$3"';
    const sums = join(dir, 'sums');
    theirs.push(await time(() => runProgram('sh', ['-c', script, 'sh', project, copy, sums])));

    const run = makeRun({ ns: 'bench', name: 'op', version: null }, join(dir, 'runs'));
    const opdef = { name: 'op', table: { exec: 'true', sourcecode: ['**/*'] } };
    initRunMeta(run, opdef, {}, { command: 'true', env: {} });
    ours.push(await time(() => stageRun(run, project)));
    const manifest = readFileSync(join(run.metaPath, 'manifest'), 'utf8').trimEnd().split('\n');
    if (manifest.length !== count + 1)
      throw new Error(`${String(manifest.length)} files were staged.`);
  }
  const ratio = median(ours) / median(theirs);
  return [
    { what: `cp -r and sha256sum, ${String(count)} files`, value: formatMs(median(theirs)) },
    {
      what: 'staging: select, copy, log, make read-only, hash, manifest',
      value: `${formatMs(median(ours))}, ${formatRatio(ratio)} as long`,
      limit: 'at most 1.5 times as long',
      ok: ratio <= 1.5,
    },
  ];
};
