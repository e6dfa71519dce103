import { join } from 'node:path';
import { writeTree, type TreeEntry } from '../../helpers/temp.ts';
import { canary, type Setting } from './setting.ts';

/** How far a run of a hostile store is. */
export type State = 'pending' | 'staged' | 'queued' | 'died' | 'running' | 'completed' | 'batch';

/** Files of a run by path below the store, as docs/on-disk.md lists them. */
export type RunFiles = Record<string, TreeEntry>;

/** A pid that no Linux gives away, so that its process is dead. */
export const DEAD_PID = 4_194_303;

const STARTED_US = 1_700_000_000_000_000;
const MOVE = '018bcfe5-6800-4000-8000-000000000000';

/** Id of the nth run of a world: its name tells nothing, so that nobody counts on it. */
export function runId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-00000000abcd`;
}

/** Id of the trial of a batch. */
export function trialId(batch: string): string {
  return batch.replace('-0000-', '-0001-');
}

/**
 * Every file that a run in this state can have, written by somebody else who means harm: each
 * command is a canary, the phases too.
 */
export function hostileRun(setting: Setting, id: string, state: State): RunFiles {
  const meta = (name: string): string => `${id}.meta/${name}`;
  const files: RunFiles = {
    ...prefixed(meta, definition(setting, id)),
    [`${id}/a.txt`]: 'a\n',
    [`${id}.user/${MOVE}.json`]: json({ author: 'eve', set: { tags: ['a'] }, delete: [] }),
    [`${id}.move/${MOVE}-active`]: '',
    [`${id}.project`]: `file:${setting.outside}`,
  };
  if (state === 'pending') return files;
  Object.assign(files, prefixed(meta, staging(id)));
  if (state === 'queued') files[`.runyard/queue/${id}.json`] = json(queueEntry());
  if (state === 'staged' || state === 'queued') return files;
  Object.assign(files, prefixed(meta, ran()));
  if (state === 'died') Object.assign(files, prefixed(meta, died(setting)));
  if (state === 'running') files[meta('proc/lock')] = String(setting.bystander.pid);
  if (state === 'completed' || state === 'batch') Object.assign(files, prefixed(meta, ended()));
  if (state === 'batch') Object.assign(files, batch(setting, id));
  return files;
}

/** Writes a run into the store of a setting. */
export function writeRun(setting: Setting, files: RunFiles): void {
  writeTree(setting.store, files);
}

/** Entry of a queue that nobody here made. */
export function queueEntry(): object {
  const times = { stagedUs: STARTED_US, sinceMs: STARTED_US / 1000 };
  return { version: 1, priority: 0, resources: [], ...times, by: 'eve', env: null };
}

/** `process.json` of a run whose supervisor is this process, and whose child that. */
export function processFile(supervisor: object, child: object | null, action = 'run'): object {
  return {
    version: 1,
    action,
    phase: 'run',
    supervisor,
    child,
    timeoutMs: 60_000,
    failure: null,
  };
}

export function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function definition(setting: Setting, id: string): RunFiles {
  const hook = (phase: string): string => canary(setting, `${id}-${phase}`);
  const phases = ['stage-sourcecode', 'stage-runtime', 'stage-dependencies', 'run', 'finalize'];
  const exec = Object.fromEntries(phases.map((phase) => [phase, hook(phase)]));
  return {
    __schema__: '1',
    id,
    opref: '1 project hostile',
    'opdef.json': json({ exec, summary: 'summary.json' }),
    'config.json': json({ x: 1, 'a.b': 'text' }),
    initialized: String(STARTED_US),
    'proc/cmd.json': json(hook('run')),
    'proc/env.json': json({ TOKEN: 'abc' }),
    'sys/platform.json': json({ system: 'x' }),
    'log/runner': '2023-11-14T22:13:20+0000 Writing meta run id\n',
  };
}

function staging(id: string): RunFiles {
  const chosen = { id, name: 'a', opref: { ns: 'p', name: 'q', version: null }, label: null };
  const dependency = {
    type: 'run-files',
    description: null,
    select: 'q',
    patterns: ['*'],
    link: true,
    projectDir: null,
    runs: [chosen],
    files: ['a.txt'],
  };
  return {
    staged: String(STARTED_US + 1),
    'log/files': `a s ${String(STARTED_US)} a.txt\n`,
    'log/patched': '--- a.txt\n+++ a.txt\n',
    manifest: `s ${'0'.repeat(64)} a.txt\n`,
    'runyard/depends.json': json({ version: 1, dependencies: [dependency] }),
  };
}

function ran(): RunFiles {
  return {
    started: String(STARTED_US + 2),
    'output/40_run': 'one\ntwo\n',
    'output/40_run.index': indexOf(2),
    'summary.json': json({ metrics: { loss: 0.5 } }),
  };
}

function died({ bystander }: Setting): RunFiles {
  const dead = { ...bystander, pid: DEAD_PID };
  const request = { action: 'stop', graceMs: 0, by: 'eve', timeMs: 1 };
  return {
    'proc/lock': String(DEAD_PID),
    'runyard/process.json': json(processFile(dead, null)),
    'runyard/request.json': json(request),
    'runyard/progress.json': json({ percent: 50, text: '50%' }),
    'runyard/heartbeat': '',
    'runyard/offsets/40_run': Buffer.alloc(8),
    'runyard/spool/40_run.stdout': 'one\ntwo\nthree\n',
    'runyard/spool/40_run.stderr': '',
    'runyard/spool/40_run.commit': Buffer.alloc(128),
  };
}

function ended(): RunFiles {
  return {
    stopped: String(STARTED_US + 3),
    'proc/exit': '0',
    'runyard/origin.json': json({ version: 1 }),
    'runyard/offsets/40_run': Buffer.alloc(8),
    'runyard/attempts/1/proc/exit': '1',
    'runyard/attempts/1/started': String(STARTED_US),
    'runyard/attempts/1/stopped': String(STARTED_US + 1),
    'runyard/attempts/1/reset.json': json({ version: 1, to: 'staged', timeMs: 1 }),
    'runyard/attempts/1/output/40_run': 'before\n',
    'runyard/attempts/1/files/b.txt': 'b\n',
  };
}

/** A batch of two trials; the first has a run, the second was never made. */
function batch(setting: Setting, id: string): RunFiles {
  const first = trialId(id);
  const second = trialId(first).replace('-0001-', '-0002-');
  const own = (name: string): string => `${id}.meta/runyard/${name}`;
  const trial = (of: string, index: number, made: boolean): object => ({
    id: of,
    index,
    flags: { x: index },
    label: `x=${String(index)}`,
    text: `x=${String(index)}`,
    made,
    skipped: null,
  });
  const role = { role: 'trial', version: 1, batch: id, index: 1, text: 'x=1', flags: { x: 1 } };
  return {
    ...hostileRun(setting, first, 'completed'),
    [`${first}.meta/runyard/batch.json`]: json(role),
    [`${id}.meta/opref`]: '1 project hostile+',
    [own('batch.json')]: json(batchHead()),
    [own('proto.json')]: json(batchProto(setting, id)),
    [own('trials.json')]: json({
      version: 1,
      trials: [trial(first, 1, true), trial(second, 2, false)],
    }),
    [own('control.json')]: json({ slots: 1, by: 'eve', timeMs: 1 }),
    [own('selection.json')]: json({ version: 1, trials: [first, second] }),
  };
}

/** What `batch.json` of a batch holds. */
export function batchHead(): object {
  return {
    role: 'batch',
    version: 1,
    operation: 'hostile',
    planned: 2,
    objective: { metric: 'loss', direction: 'minimize' },
    optimizer: '+',
    seed: null,
    maxTrials: null,
    slots: 1,
    needed: false,
    failFast: false,
    stageTrials: false,
    label: null,
    tags: [],
    varying: ['x'],
    flags: ['x=[1,2]'],
    files: [],
  };
}

/** What `proto.json` of a batch holds: its trials are canaries, too. */
export function batchProto(setting: Setting, id: string): object {
  const command = canary(setting, `${id}-trial`);
  return {
    opref: { ns: 'project', name: 'hostile', version: null },
    opdef: { name: 'hostile', table: { exec: command } },
    cmd: { command, env: {} },
    config: { x: 1 },
    projectDir: setting.outside,
    space: {},
  };
}

/** An index of `lines` lines: time and stream of each. */
function indexOf(lines: number): Buffer {
  const index = Buffer.alloc(lines * 9);
  for (let i = 0; i < lines; i++) index.writeBigInt64BE(BigInt(STARTED_US / 1000), i * 9);
  return index;
}

function prefixed(meta: (name: string) => string, files: RunFiles): RunFiles {
  return Object.fromEntries(Object.entries(files).map(([name, entry]) => [meta(name), entry]));
}

/** Path in the store of a setting. */
export function inStore({ store }: Setting, path: string): string {
  return join(store, path);
}
