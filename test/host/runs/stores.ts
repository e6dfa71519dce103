import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { processFile } from '../../helpers/processes/process-file.ts';

/** Microseconds of 2026-11-01. */
const START = Date.UTC(2026, 10, 1) * 1000;

/** Id of the nth run of {@link makeStore}. */
export function storeRunId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-1111-4111-8111-111111111111`;
}

/** Writes the files of a completed run of `train`; `n` makes id, time and label. */
export function makeRunFiles(runsDir: string, n: number, opref = '1 workspace train'): string {
  const id = storeRunId(n);
  const meta = join(runsDir, `${id}.meta`);
  mkdirSync(join(meta, 'proc'), { recursive: true });
  const at = START + n * 60_000_000;
  const write = (name: string, text: string): void => {
    writeFileSync(join(meta, name), text);
  };
  write('opref', opref);
  write('id', id);
  write('config.json', `{"lr": 0.${String(n)}}`);
  write('opdef.json', '{}');
  write('proc/cmd.json', '"true"');
  write('proc/exit', '0');
  write('initialized', String(at));
  write('staged', String(at + 1));
  write('started', String(at + 2));
  write('stopped', String(at + 5_000_000));
  write('summary.json', `{"run": {"label": "number-${String(n)}"}}`);
  return meta;
}

/** Makes a store of `count` completed runs. */
export function makeStore(runsDir: string, count: number): void {
  mkdirSync(runsDir, { recursive: true });
  for (let n = 0; n < count; n++) makeRunFiles(runsDir, n);
}

/** A store with runs that are broken in every way we know, beside three good ones. */
export function makeBrokenStore(runsDir: string): void {
  makeStore(runsDir, 2);
  // Broken details do not make a run unreadable.
  const odd = makeRunFiles(runsDir, 2);
  writeFileSync(join(odd, 'config.json'), '{"lr": ');
  writeFileSync(join(odd, 'summary.json'), '[1, 2]');
  writeFileSync(join(odd, 'manifest'), 'nonsense\n\n');
  makeRunFiles(runsDir, 3, '9 who knows what');
  makeRunFiles(runsDir, 4, '');
  writeFileSync(join(runsDir, `${storeRunId(5)}.meta.zip`), 'not a zip');
  writeFileSync(join(runsDir, `${storeRunId(6)}.meta`), 'a file where a directory belongs');
  writeFileSync(join(runsDir, 'stray.txt'), 'not a run at all');
  mkdirSync(join(runsDir, 'some-directory'));
}

/** A staged run, and one that its supervisor left alone. */
export function makeUntrustedStore(runsDir: string): void {
  makeStore(runsDir, 1);
  const staged = makeRunFiles(runsDir, 0);
  for (const name of ['proc/exit', 'started', 'stopped', 'summary.json'])
    rmSync(join(staged, name));
  const died = makeRunFiles(runsDir, 1);
  for (const name of ['proc/exit', 'stopped', 'summary.json']) rmSync(join(died, name));
  mkdirSync(join(died, 'runyard'));
  const supervisor = { pid: 2 ** 22 - 1, start: '1', host: hostname(), bootId: null };
  writeFileSync(join(died, 'runyard', 'process.json'), JSON.stringify(processFile(supervisor)));
  writeFileSync(join(died, 'runyard', 'heartbeat'), '');
}
