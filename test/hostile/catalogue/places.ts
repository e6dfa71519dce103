import type { State } from './run.ts';

/** A file or directory of a run or a store that somebody may have replaced. */
export interface Place {
  /** Below the store; `ID` is the run's. */
  readonly path: string;
  /** How far the run is that shows it best. */
  readonly state: State;
  /** A listing reads it: what is no file there shows in the row. */
  readonly listed?: boolean;
  /** It is the whole store's: other runs cannot be changed either, and whoever tries is told. */
  readonly shared?: boolean;
}

const META_FILES: readonly Place[] = [
  { path: 'opref', state: 'completed', listed: true },
  { path: 'opdef.json', state: 'died' },
  { path: 'config.json', state: 'completed' },
  { path: 'initialized', state: 'pending', listed: true },
  { path: 'staged', state: 'staged', listed: true },
  { path: 'started', state: 'died', listed: true },
  { path: 'stopped', state: 'completed', listed: true },
  { path: 'summary.json', state: 'completed', listed: true },
  { path: '__schema__', state: 'completed' },
  { path: 'id', state: 'completed' },
  { path: 'manifest', state: 'died' },
  { path: 'proc/cmd.json', state: 'staged' },
  { path: 'proc/env.json', state: 'staged' },
  { path: 'proc/lock', state: 'running', listed: true },
  { path: 'proc/exit', state: 'completed', listed: true },
  { path: 'sys/platform.json', state: 'completed' },
  { path: 'log/runner', state: 'died' },
  { path: 'log/files', state: 'died' },
  { path: 'log/patched', state: 'completed' },
  { path: 'output/40_run', state: 'died' },
  { path: 'output/40_run.index', state: 'died' },
  { path: 'output/50_finalize', state: 'died' },
  { path: 'runyard/process.json', state: 'died' },
  { path: 'runyard/request.json', state: 'died' },
  { path: 'runyard/progress.json', state: 'died' },
  { path: 'runyard/heartbeat', state: 'died' },
  { path: 'runyard/depends.json', state: 'completed' },
  { path: 'runyard/offsets/40_run', state: 'died' },
  { path: 'runyard/spool/40_run.stdout', state: 'died' },
  { path: 'runyard/spool/40_run.stderr', state: 'died' },
  { path: 'runyard/spool/40_run.commit', state: 'died' },
  { path: 'runyard/origin.json', state: 'completed' },
  { path: 'runyard/attempts/1/reset.json', state: 'completed' },
  { path: 'runyard/attempts/1/proc/exit', state: 'completed' },
  { path: 'runyard/attempts/1/started', state: 'completed' },
  { path: 'runyard/batch.json', state: 'batch', listed: true },
  { path: 'runyard/proto.json', state: 'batch' },
  { path: 'runyard/trials.json', state: 'batch' },
  { path: 'runyard/control.json', state: 'batch' },
  { path: 'runyard/selection.json', state: 'batch' },
];

/** Files of a run, and of a store about it. */
export const FILES: readonly Place[] = [
  ...META_FILES.map((place) => ({ ...place, path: `ID.meta/${place.path}` })),
  { path: 'ID.project', state: 'completed' },
  { path: 'ID.user/018bcfe5-6800-4000-8000-000000000000.json', state: 'completed' },
  { path: 'ID.move/018bcfe5-6800-4000-8000-000000000000-active', state: 'completed' },
  { path: 'ID.meta.zip', state: 'completed', listed: true },
  { path: 'ID.meta.zip.partial', state: 'died' },
  { path: 'ID/a.txt', state: 'died' },
  { path: '.runyard/queue/ID.json', state: 'queued' },
  { path: '.runyard/queue/ID.taken', state: 'queued' },
  { path: '.runyard/queue/ID.failed', state: 'staged' },
  { path: '.runyard/locks/ID/1.json', state: 'staged' },
  { path: '.runyard/locks/ID/mark.mark', state: 'staged' },
];

/** Files that a store has once. */
export const STORE_FILES: readonly Place[] = [
  { path: '.runyard/queue/slots.setting', state: 'queued', shared: true },
  { path: '.runyard/queue/paused.setting', state: 'queued', shared: true },
  { path: '.runyard/queue/crash.log', state: 'queued', shared: true },
  { path: '.runyard/locks/queue/heartbeat', state: 'queued', shared: true },
  { path: '.runyard/locks/queue/1.json', state: 'queued', shared: true },
  { path: '.archives/archive/1.json', state: 'completed', shared: true },
];

/** Directories of a run. */
export const DIRECTORIES: readonly Place[] = [
  { path: 'ID.meta', state: 'died', listed: true },
  { path: 'ID.meta/proc', state: 'died', listed: true },
  { path: 'ID.meta/sys', state: 'completed' },
  { path: 'ID.meta/log', state: 'died' },
  { path: 'ID.meta/output', state: 'died' },
  { path: 'ID.meta/runyard', state: 'died', listed: true },
  { path: 'ID.meta/runyard/spool', state: 'died' },
  { path: 'ID.meta/runyard/offsets', state: 'died' },
  { path: 'ID.meta/runyard/attempts', state: 'completed' },
  { path: 'ID.meta/runyard/attempts/1', state: 'completed' },
  { path: 'ID.meta/runyard/attempts/2', state: 'batch' },
  { path: 'ID', state: 'died' },
  { path: 'ID.user', state: 'completed' },
  { path: 'ID.move', state: 'completed' },
  { path: 'ID.meta.old', state: 'died' },
  { path: 'ID.meta.unpacking', state: 'died' },
  { path: '.runyard/locks/ID', state: 'died' },
];

/** Directories that a store has once. */
export const STORE_DIRECTORIES: readonly Place[] = [
  { path: '.runyard', state: 'queued', shared: true },
  { path: '.runyard/locks', state: 'died', shared: true },
  { path: '.runyard/queue', state: 'queued', shared: true },
  { path: '.runyard/locks/queue', state: 'queued', shared: true },
  { path: '.archives', state: 'completed', shared: true },
  { path: '.archives/archive', state: 'completed', shared: true },
];
