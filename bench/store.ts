import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newRunId } from '../src/core/run/ids.ts';

/** Files of a finished run of Gage 0.1.2, without its log of what happened. */
const META: Readonly<Record<string, string>> = {
  __schema__: '1',
  opref: '1 bench train',
  'config.json': '{\n  "epochs": 10,\n  "lr": 0.1\n}',
  'opdef.json': '{\n  "description": "Train",\n  "exec": "python train.py"\n}',
  'summary.json': '{\n  "metrics": {\n    "loss": 0.25\n  }\n}',
  manifest: `s ${'0'.repeat(64)} train.py\n`,
  'log/files': 's 1700000000000000 train.py\n',
  'log/runner': '2026-01-01T00:00:00+0000 Writing meta run id\n',
  'proc/cmd.json': '"python train.py"',
  'proc/env.json': '{}',
  'sys/platform.json': '"Linux"',
  'output/40_run': 'loss 0.25\n',
  'output/40_run.index': '\0'.repeat(9),
};
const EXITS = ['0', '0', '0', '0', '0', '0', '0', '3', '-15', null];

/**
 * Writes a store of `count` runs in directory form: seven in ten completed, and failed,
 * terminated and staged ones; every fifth has a label.
 */
export function writeStore(runsDir: string, count: number): void {
  const first = 1_700_000_000_000_000;
  for (let i = 0; i < count; i++) {
    const id = newRunId();
    const meta = join(runsDir, `${id}.meta`);
    for (const dir of ['log', 'proc', 'sys', 'output']) {
      mkdirSync(join(meta, dir), { recursive: true });
    }
    const at = first + i * 60_000_000;
    const exit = EXITS[i % EXITS.length];
    const files: Record<string, string> = {
      ...META,
      id,
      initialized: String(at),
      staged: String(at + 10_000),
    };
    if (exit !== null && exit !== undefined) {
      files['started'] = String(at + 20_000);
      files['stopped'] = String(at + 30_000_000);
      files['proc/exit'] = exit;
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(meta, name), text);
    writeFileSync(join(runsDir, `${id}.project`), 'file:..');
    if (i % 5 === 0) {
      mkdirSync(join(runsDir, `${id}.user`));
      const change = `{"author": "bench", "set": {"label": "run ${String(i)}"}, "delete": []}`;
      const name = '018bcfe5-6800-4000-8000-000000000000.json';
      writeFileSync(join(runsDir, `${id}.user`, name), change);
    }
  }
}
