import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identityOf, type ProcessIdentity } from '../../../src/core/process/identity.ts';
import { writeTree } from '../../helpers/temp.ts';
import { replace, type Kind } from '../../hostile/catalogue/kinds.ts';
import {
  DEAD_PID,
  hostileRun,
  inStore,
  json,
  processFile,
  runId,
  writeRun,
  type State,
} from '../../hostile/catalogue/run.ts';
import type { Setting } from '../../hostile/catalogue/setting.ts';
import { takeSnapshot } from '../../hostile/sandbox/snapshot.ts';

/** The places of a hostile workspace: what is not the store's lies in the directory of the session. */
export function hostileSetting(workspace: string, bystander: ProcessIdentity): Setting {
  const root = join(dirname(workspace), 'shared', 'world');
  return {
    root,
    home: join(root, 'home'),
    project: workspace,
    store: join(workspace, '.gage', 'runs'),
    outside: join(root, 'outside'),
    executed: join(root, 'executed'),
    bystander,
    bystanderOutput: join(dirname(root), 'bystander.log'),
  };
}

/** Where the bystander notes the signals that it got, and where what was there before is kept. */
export function notesOf({ root }: Setting): { readonly signals: string; readonly before: string } {
  return { signals: join(dirname(root), 'signals'), before: join(dirname(root), 'before.json') };
}

/** One hostile run each: what lies in a place of it that should be something else. */
const REPLACED: readonly (readonly [path: string, kind: Kind, state: State])[] = [
  ['.runyard/locks/ID', 'link', 'died'],
  ['ID.meta/runyard', 'link', 'died'],
  ['ID.meta/log/runner', 'link', 'died'],
  ['ID', 'link', 'completed'],
  ['ID.user', 'link', 'completed'],
  ['ID.move', 'link', 'completed'],
  ['ID.meta/runyard/spool', 'link', 'died'],
  ['ID.meta/opref', 'device', 'completed'],
  ['ID.meta/opdef.json', 'pipe', 'completed'],
  ['ID.meta/config.json', 'pipe', 'completed'],
  ['ID.meta/summary.json', 'huge', 'completed'],
  ['ID.meta/output/40_run', 'pipe', 'completed'],
  ['ID.meta/output/40_run.index', 'device', 'completed'],
  ['ID.meta/runyard/depends.json', 'device', 'completed'],
  ['ID.meta/runyard/trials.json', 'pipe', 'batch'],
];

/** Fills a workspace with the most dangerous runs of the catalogue. */
export async function writeHostileWorkspace(workspace: string): Promise<void> {
  const bystander = await startBystander(workspace);
  const setting = hostileSetting(workspace, bystander);
  writeTree(workspace, { 'gage.toml': '[train]\nexec = "true"\n' });
  writeTree(setting.outside, { 'precious/letter.txt': 'precious\n' });
  for (const dir of [setting.home, setting.executed, setting.store]) {
    mkdirSync(dir, { recursive: true });
  }
  for (const [n, [path, kind, state]] of REPLACED.entries()) {
    const id = hostileId(n);
    writeRun(setting, hostileRun(setting, id, state));
    const full = inStore(setting, path.replace('ID', id));
    // What a link leads to has what we would look for there.
    if (path.startsWith('.runyard')) writeTree(full, { 'precious.txt': 'precious\n' });
    await replace(setting, full, kind);
  }
  writeOthers(setting);
  writeFileSync(notesOf(setting).before, JSON.stringify([...takeSnapshot(setting)]));
}

/** Runs whose words are forged: whose process it is, what waits, what changes a screen. */
function writeOthers(setting: Setting): void {
  const { bystander } = setting;
  const dead = { ...bystander, pid: DEAD_PID };
  const own = 'runyard/process.json';
  const forged: readonly (readonly [State, Readonly<Record<string, string>>])[] = [
    ['running', { 'proc/lock': String(bystander.pid) }],
    ['died', { [own]: json(processFile(dead, bystander)) }],
    ['died', { [own]: json(processFile(bystander, null)) }],
    ['queued', {}],
    ['staged', {}],
    ['pending', {}],
    ['died', {}],
    ['batch', {}],
    ['completed', { opref: '1 a \u001b]0;x\u0007\u202ex' }],
  ];
  for (const [n, [state, files]] of forged.entries()) {
    const id = hostileId(100 + n);
    const all = hostileRun(setting, id, state);
    for (const [name, text] of Object.entries(files)) all[`${id}.meta/${name}`] = text;
    writeRun(setting, all);
  }
}

function hostileId(n: number): string {
  return runId(0x5000_0000 + n * 0x1_0000);
}

/** It ends with the process that opens the windows. */
async function startBystander(workspace: string): Promise<ProcessIdentity> {
  const setting = hostileSetting(workspace, { pid: 0, start: null, host: '', bootId: null });
  const script = join(import.meta.dirname, '..', '..', 'hostile', 'sandbox', 'bystander.ts');
  const { signals } = notesOf(setting);
  mkdirSync(dirname(signals), { recursive: true });
  writeFileSync(signals, '');
  const child = fork(script, [signals], { cwd: dirname(signals), detached: true });
  await once(child, 'message');
  child.unref();
  child.channel?.unref();
  return identityOf(child.pid);
}
