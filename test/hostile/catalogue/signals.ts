import { symlinkSync, rmSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  DEAD_PID,
  hostileRun,
  inStore,
  json,
  processFile,
  runId,
  trialId,
  writeRun,
  type RunFiles,
  type State,
} from './run.ts';
import type { Setting } from './setting.ts';
import type { Victim, World } from './world.ts';

/** Files of a run that differ from what such a run has, by path below its meta. */
type Change = (setting: Setting) => Readonly<Record<string, string>>;

interface Forgery {
  readonly what: string;
  readonly state: State;
  readonly change: Change;
  /** Its row must say that nobody knows whose process this is. */
  readonly listed?: boolean;
}

const LOCKS = ['1', '-1', '0', ' 1 ', '2147483647', '9'.repeat(400)];

/** A lock is a number that anybody can write. */
const locks: readonly Forgery[] = [
  ...LOCKS.map((text): Forgery => ({
    what: `proc/lock is ${JSON.stringify(text.slice(0, 12))}`,
    state: 'running',
    change: () => ({ 'proc/lock': text }),
  })),
  {
    what: 'proc/lock is the pid of somebody else',
    state: 'running',
    change: ({ bystander }) => ({ 'proc/lock': String(bystander.pid) }),
    listed: true,
  },
  {
    what: 'proc/lock is the group of somebody else',
    state: 'running',
    change: ({ bystander }) => ({ 'proc/lock': `-${String(bystander.pid)}` }),
  },
];

/** Whom a process file may name: each with what a forger knows and does not know of it. */
function identities(setting: Setting): Readonly<Record<string, object>> {
  const { bystander } = setting;
  const first = { ...bystander, pid: 1 };
  return {
    'somebody else': bystander,
    'somebody else, without its start': { ...bystander, start: null },
    'somebody else, without start and boot': { ...bystander, start: null, bootId: null },
    'somebody else, with another start': { ...bystander, start: '1' },
    'somebody else, of another host': { ...bystander, host: 'elsewhere' },
    'the first process': { ...first, start: null, bootId: null },
    'the first process, with a start': { ...first, start: '0' },
    nobody: { ...bystander, pid: DEAD_PID },
    'pid 0': { ...bystander, pid: 0 },
    'pid -1': { ...bystander, pid: -1, start: null },
    'pid 1e300': { ...bystander, pid: 1e300, start: null },
  };
}

const ACTIONS = ['run', 'stage', 'recover', 'reset'] as const;

/** A process file that names a supervisor, and a child, that are none. */
function processFiles(names: readonly string[], part: 'supervisor' | 'child'): readonly Forgery[] {
  return names.flatMap((name) =>
    ACTIONS.filter((action) => action === 'run' || name === 'somebody else').map((action) => ({
      what: `the ${part} (${action}) is ${name}`,
      state: action === 'stage' ? ('pending' as const) : ('died' as const),
      change: (setting: Setting) => {
        const who = identities(setting)[name] ?? {};
        const dead = identities(setting)['nobody'] ?? {};
        const file =
          part === 'child' ? processFile(dead, who, action) : processFile(who, null, action);
        return { 'runyard/process.json': json(file), 'runyard/heartbeat': '' };
      },
    })),
  );
}

const NAMES = Object.keys(
  identities({ bystander: { pid: 2, start: '', host: '', bootId: null } } as Setting),
);

/** A batch and its trial, both of which somebody else's process looks after. */
const ofBatches: readonly Forgery[] = [
  {
    what: 'the supervisor of a batch is somebody else',
    state: 'batch',
    change: (setting) => ({
      'runyard/process.json': json(processFile(setting.bystander, null)),
      'runyard/heartbeat': '',
    }),
  },
];

/** Signals and who gets them. */
export const SIGNALS: readonly World[] = [
  world('locks', locks, true),
  world('supervisors', processFiles(NAMES, 'supervisor')),
  world('children', processFiles(NAMES, 'child')),
  world('batches', ofBatches, true),
  {
    name: 'trials that run',
    spawned: true,
    build: (setting) => {
      const id = runId(0x6100_0000);
      const meta = `${trialId(id)}.meta`;
      const files = without(hostileRun(setting, id, 'batch'), /meta\/proc\/exit$/);
      files[`${meta}/proc/lock`] = '1';
      files[`${id}.meta/runyard/process.json`] = json(
        processFile({ ...setting.bystander, pid: DEAD_PID }, null),
      );
      files[`${id}.meta/runyard/heartbeat`] = '';
      writeRun(setting, files);
      return [{ id, what: 'a batch whose trial has the lock 1' }];
    },
  },
  spools('40_run', 'died', 'run'),
  spools('50_finalize', 'died', 'run'),
  spools('10_sourcecode', 'pending', 'stage'),
];

function without(files: RunFiles, path: RegExp): RunFiles {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !path.test(name)));
}

function world(name: string, forgeries: readonly Forgery[], spawned = false): World {
  return {
    name,
    spawned,
    build: (setting) =>
      forgeries.map((forgery, n) => victim(setting, forgery, runId(0x6000_0000 + n * 0x1_0000))),
  };
}

function victim(setting: Setting, { what, state, change, listed }: Forgery, id: string): Victim {
  const files: RunFiles = hostileRun(setting, id, state);
  for (const [name, text] of Object.entries(change(setting))) files[`${id}.meta/${name}`] = text;
  writeRun(setting, files);
  return { id, what, state, ...(listed === true && { listed }) };
}

/** Who writes to a spool counts as the run's process: here it is a link to another's output. */
function spools(name: string, state: State, action: string): World {
  return {
    name: `the spool ${name} is a link to the output of somebody else`,
    spawned: true,
    build: (setting) => {
      const id = runId(0x6200_0000);
      const dead = { ...setting.bystander, pid: DEAD_PID };
      const files = hostileRun(setting, id, state);
      files[`${id}.meta/runyard/process.json`] = json(processFile(dead, null, action));
      files[`${id}.meta/runyard/heartbeat`] = '';
      writeRun(setting, files);
      for (const stream of ['stdout', 'stderr']) {
        const path = inStore(setting, `${id}.meta/runyard/spool/${name}.${stream}`);
        mkdirSync(dirname(path), { recursive: true });
        rmSync(path, { force: true });
        symlinkSync(setting.bystanderOutput, path);
      }
      return [{ id, what: `the spool ${name} is a link` }];
    },
  };
}
