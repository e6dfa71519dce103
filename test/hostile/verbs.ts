import { AT_LENGTH } from './catalogue/at-length.ts';
import type { State } from './catalogue/run.ts';

/** Command lines that follow on each other. */
type Chain = readonly (readonly string[])[];

/** What is tried of one verb. Each chain finds the store as it was received. */
interface Uses {
  /** About the store or the project, in every world. */
  readonly store?: readonly Chain[];
  /** Those that make runs of the project, in worlds that ask for it. */
  readonly making?: readonly Chain[];
  /** About one run. */
  readonly run?: (id: string) => readonly Chain[];
  /** States of a run in which it may do something; without it all. The others are tried at length. */
  readonly when?: readonly State[];
}

const BATCH: readonly State[] = ['batch'];
const BEFORE: readonly State[] = ['pending', 'staged', 'queued', 'batch'];
const AFTER: readonly State[] = ['pending', 'died', 'running', 'batch'];

/**
 * How each verb of the command is tried. What needs a trial or a running process often finds none,
 * which is fine. A test compares the names with those that the command itself lists.
 */
export const VERBS: Readonly<Record<string, Uses>> = {
  list: {
    store: [
      [
        ['list', '--all'],
        ['list', '--json', '--all'],
        ['list', '--container', 'trash'],
        ['list', '--where', 'x == 1 or loss < 1'],
      ],
    ],
  },
  show: { run: (id) => [[['show', id]], [['show', id, '--json']]] },
  output: { run: (id) => [[['output', id, '--to', '3']]] },
  ops: { store: [[['ops', '--json']]] },
  check: { store: [[['check']]] },
  trials: { when: BATCH, run: (id) => [[['trials', id]]] },
  run: {
    store: [[['run', 'good', '--preview']]],
    making: [
      [
        ['run', 'good', '--wait'],
        ['run', 'good', '--needed', '--wait'],
      ],
    ],
  },
  stage: { making: [[['stage', 'good']]] },
  batch: {
    store: [[['batch', 'good', 'x=[1,2]', '--preview']]],
    making: [[['batch', 'good', 'x=[1,2]', '--stage']]],
  },
  label: {
    run: (id) => [
      [
        ['label', id, '--set', 'tried'],
        ['label', id, '--clear'],
      ],
    ],
  },
  start: { when: BEFORE, run: (id) => [[['start', id]]] },
  resume: { when: BATCH, run: (id) => [[['resume', id]]] },
  restart: {
    when: BATCH,
    run: (id) => [
      [['restart', id, '--all']],
      [['restart', id, '--trial', '1', 'x=3', '--restage']],
    ],
  },
  queue: {
    when: BEFORE,
    store: [
      [['queue'], ['queue', 'list', '--json']],
      [
        ['queue', 'slots', '2'],
        ['queue', 'wait-for-running', 'off'],
      ],
      [
        ['queue', 'pause'],
        ['queue', 'resume'],
      ],
    ],
    run: (id) => [[['queue', 'add', id]], [['queue', 'remove', id]]],
  },
  stop: {
    when: AFTER,
    run: (id) => [[['stop', id, '--grace', '0']], [['stop', id, '--after-current']]],
  },
  finalize: { when: AFTER, run: (id) => [[['finalize', id]]] },
  recover: { store: [[['recover']]], run: (id) => [[['recover', id]]] },
  delete: { when: BATCH, run: (id) => [[['delete', id, '--trials']]] },
  restore: {
    run: (id) => [
      [
        ['delete', id],
        ['restore', id],
      ],
    ],
  },
  purge: {
    run: (id) => [
      [
        ['delete', id, '--trials'],
        ['purge', id, '--trials', '--yes'],
      ],
    ],
    store: [[['purge', '--all', '--yes']]],
  },
};

/** What is done to one run, verb by verb. @param state of the run; without it nobody knows. */
export function chainsOn(id: string, state?: State): readonly Chain[] {
  const all = state === undefined || AT_LENGTH;
  return Object.values(VERBS).flatMap(({ run, when }) =>
    all || when === undefined || when.includes(state) ? (run?.(id) ?? []) : [],
  );
}

/** What is done with the store as a whole. */
export function chainsOnStore(makesRuns: boolean): readonly Chain[] {
  return Object.values(VERBS).flatMap(({ store = [], making = [] }) =>
    makesRuns ? [...store, ...making] : store,
  );
}
