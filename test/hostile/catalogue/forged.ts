import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inTurn } from './at-length.ts';
import {
  inStore,
  hostileRun,
  json,
  queueEntry,
  runId,
  trialId,
  writeRun,
  type State,
} from './run.ts';
import type { Setting } from './setting.ts';
import type { Victim, World } from './world.ts';

/** A JSON file of ours, in a run that has it. */
interface JsonPlace {
  readonly path: string;
  readonly state: State;
  /** What lies there when such a run has none. */
  readonly content?: (setting: Setting) => unknown;
}

const FILES: readonly JsonPlace[] = [
  { path: 'ID.meta/opdef.json', state: 'died' },
  { path: 'ID.meta/config.json', state: 'completed' },
  { path: 'ID.meta/proc/cmd.json', state: 'staged' },
  { path: 'ID.meta/proc/env.json', state: 'staged' },
  { path: 'ID.meta/sys/platform.json', state: 'completed' },
  { path: 'ID.meta/summary.json', state: 'completed' },
  { path: 'ID/summary.json', state: 'died', content: () => ({ loss: 1 }) },
  { path: 'ID.meta/runyard/process.json', state: 'died' },
  { path: 'ID.meta/runyard/request.json', state: 'died' },
  { path: 'ID.meta/runyard/progress.json', state: 'died' },
  { path: 'ID.meta/runyard/depends.json', state: 'completed' },
  { path: 'ID.meta/runyard/attempts/1/reset.json', state: 'completed' },
  { path: 'ID.meta/runyard/batch.json', state: 'batch' },
  { path: 'TRIAL.meta/runyard/batch.json', state: 'batch' },
  { path: 'ID.meta/runyard/proto.json', state: 'batch' },
  { path: 'ID.meta/runyard/trials.json', state: 'batch' },
  { path: 'ID.meta/runyard/control.json', state: 'batch' },
  { path: 'ID.meta/runyard/selection.json', state: 'batch' },
  { path: 'ID.user/018bcfe5-6800-4000-8000-000000000000.json', state: 'completed' },
  { path: '.runyard/queue/ID.json', state: 'queued' },
  {
    path: '.runyard/queue/ID.taken',
    state: 'queued',
    content: () => ({ ...queueEntry(), slot: 1 }),
  },
  {
    path: '.runyard/queue/ID.failed',
    state: 'staged',
    content: () => ({ reason: 'none', timeMs: 1 }),
  },
  { path: '.runyard/locks/ID/1.json', state: 'staged', content: claim },
];

const STORE_FILES: readonly JsonPlace[] = [
  { path: '.runyard/queue/slots.setting', state: 'queued', content: () => 1 },
  { path: '.runyard/queue/resources.setting', state: 'queued', content: () => [['gpu:0']] },
  { path: '.runyard/locks/queue/1.json', state: 'queued', content: claim },
  { path: '.runyard/locks/queue/heartbeat', state: 'queued', content: (at) => at.bystander },
  {
    path: '.archives/archive/1.json',
    state: 'completed',
    content: () => ({ id: 'archive', name: 'archive', date: 1 }),
  },
];

function claim({ bystander }: Setting): object {
  return { owner: bystander, purpose: 'start', timeMs: Date.now(), state: 'held' };
}

/** What a file may say instead of what it should: each gets it from what it should say. */
const FORGERIES: Readonly<Record<string, (value: unknown, setting: Setting) => string>> = {
  deep: () => '['.repeat(100_000) + ']'.repeat(100_000),
  'deep inside': (value) =>
    json(value).replace(/:\s*("[^"]*"|\d+)/, `:${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  long: (value) => json(strings(value, () => 'x'.repeat(10 * 1024 * 1024))).slice(0, 30_000_000),
  'full of paths': (value) => json(strings(value, () => '../../../../outside/precious')),
  'full of absolute paths': (value, { outside }) => json(strings(value, () => outside)),
  'full of escapes': (value) => json(strings(value, () => '\u001b]0;x\u0007\u202e\u009b31m\nx')),
  negative: (value) => json(numbers(value, () => -1)),
  'of huge numbers': (value) => json(numbers(value, () => 1e300)),
  'of integers that no float holds': (value) =>
    json(numbers(value, () => 0)).replace(/:0\b/g, `:${'9'.repeat(400)}`),
  'of other types': (value) =>
    json(
      strings(
        numbers(value, () => 'text'),
        () => [1],
      ),
    ),
  'a prototype': () => '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}',
  'no JSON': () => '\u0000\u00ff{"',
};

const STORE_FORGERIES = ['deep', 'long', 'full of paths', 'of huge numbers', 'no JSON'];

/** Each file of ours, and each thing that it may say. */
export const FORGED: readonly World[] = FILES.map((place, at) => ({
  name: place.path,
  build: (setting) =>
    inTurn(Object.keys(FORGERIES), at, 3).map((forgery, n) =>
      forge(setting, place, forgery, runId(0x7000_0000 + n * 0x1_0000)),
    ),
}));

/** The same for files that a store has once. */
export const FORGED_STORES: readonly World[] = STORE_FILES.flatMap((place, at) =>
  inTurn(STORE_FORGERIES, at, 2).map((forgery) => ({
    name: `${place.path} is ${forgery}`,
    build: (setting) => [forge(setting, place, forgery, runId(0x7100_0000))],
  })),
);

function forge(setting: Setting, place: JsonPlace, forgery: string, id: string): Victim {
  const { path, state, content } = place;
  const files = hostileRun(setting, id, state);
  writeRun(setting, files);
  const full = inStore(setting, path.replace('ID', id).replace('TRIAL', trialId(id)));
  mkdirSync(dirname(full), { recursive: true });
  const value: unknown = content?.(setting) ?? JSON.parse(readFileSync(full, 'utf8'));
  writeFileSync(full, FORGERIES[forgery]?.(value, setting) ?? '');
  return { id, what: `${path} is ${forgery}`, state };
}

/** A value with other texts in it. Words that a reader compares with stay, or it would stop there. */
function strings(value: unknown, change: (text: string) => unknown): unknown {
  return mapLeaves(value, (leaf, key) =>
    typeof leaf === 'string' && !KEPT.has(key) ? change(leaf) : leaf,
  );
}

function numbers(value: unknown, change: (n: number) => unknown): unknown {
  return mapLeaves(value, (leaf, key) =>
    typeof leaf === 'number' && key !== 'version' ? change(leaf) : leaf,
  );
}

const KEPT = new Set(['role', 'action', 'direction', 'type', 'state', 'phase', 'host', 'to']);

function mapLeaves(
  value: unknown,
  change: (leaf: unknown, key: string) => unknown,
  key = '',
): unknown {
  if (Array.isArray(value)) return value.map((one) => mapLeaves(one, change, key));
  if (typeof value !== 'object' || value === null) return change(value, key);
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, one]) => [name, mapLeaves(one, change, name)]));
}
