import { RunyardError, wrongStatus } from '../../core/base/errors.ts';
import { formatDuration } from '../../core/base/time-text.ts';
import { plural } from '../../core/base/words.ts';
import type { Json } from '../../core/data/json.ts';
import { runName } from '../../core/run/ids.ts';
import { formatOpRef } from '../../core/run/opref.ts';
import { readRunInfo } from '../../core/store/read.ts';
import { allowEntries, foreignEntries } from '../../queue/foreign.ts';
import { ensureQueueRunner } from '../../queue/launch.ts';
import {
  dequeue,
  enqueue,
  hasWork,
  listQueue,
  setQueue,
  type QueueState,
} from '../../queue/queue.ts';
import { RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { namedRuns } from '../base/named-runs.ts';
import { formatTable, printable, statusStyle, type Cell } from '../base/text.ts';
import { YES_OPTION, askForeign, isAllowed, refused } from '../follow/ask-foreign.ts';
import { supervisorPath } from '../follow/launch.ts';

const BY = 'runyard queue';

export const queueCommand: CliCommand = {
  name: 'queue',
  usage:
    'queue [list | add RUN… | remove RUN… | allow [RUN…] | pause | resume | slots N | wait-for-running on|off]',
  summary: 'Start staged runs one after another, or some at a time',
  options: {
    priority: {
      type: 'string',
      short: 'p',
      value: 'N',
      help: 'add: runs with a greater one go first; 0 by default',
    },
    needs: {
      type: 'string',
      multiple: true,
      value: 'RESOURCE',
      help: 'add: what its slot must have, such as gpu:0 or gpu,ssd; may be repeated',
    },
    has: {
      type: 'string',
      multiple: true,
      value: 'RESOURCES',
      help: 'slots: what a slot has, once for each slot: --has gpu:0 --has gpu:1,ssd',
    },
    yes: YES_OPTION,
  },
  details: `A store has one queue, which all windows and commands share. It starts staged runs by priority,
then in the order in which they were staged. 'add' changes the priority of a run that waits already.
A run with a tag gpu:N or resource:NAME gets a slot that has it, and sees the GPUs of its slot.
'add' records PATH, VIRTUAL_ENV and the like: a run means the interpreter of whoever queued it.
What was not put into the queue by you on this machine is listed as foreign and never started by itself:
'allow' shows what it would execute, and lets it wait after a yes.
${RUN_HELP}`,
  run: runQueue,
};

async function runQueue(context: Context): Promise<number> {
  const [word = 'list', ...rest] = context.args.positionals;
  const runsDir = await context.runsDir();
  const act = ACTIONS.get(word);
  if (act === undefined) throw context.args.usage(`'${word}' is nothing that a queue does`);
  await act(context, rest, runsDir);
  // Looking at a queue starts nothing.
  if (word !== 'list') await ensureQueueRunner(runsDir, { supervisorPath: supervisorPath() });
  if (word === 'list' || context.json) await print(context, runsDir);
  return EXIT.ok;
}

type Action = (context: Context, rest: readonly string[], runsDir: string) => Promise<void> | void;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['list', takesNothing(() => undefined)],
  ['add', add],
  ['remove', remove],
  ['allow', allow],
  ['pause', takesNothing((runsDir) => setQueue(runsDir, { paused: true }))],
  ['resume', takesNothing((runsDir) => setQueue(runsDir, { paused: false }))],
  ['slots', slots],
  ['wait-for-running', waitForRunning],
]);

function takesNothing(act: (runsDir: string) => void): Action {
  return (context, rest, runsDir) => {
    if (rest[0] !== undefined) throw context.args.usage(`'${rest[0]}' is one argument too many`);
    act(runsDir);
  };
}

async function add(context: Context, specs: readonly string[]): Promise<void> {
  const { args } = context;
  if (specs.length === 0) throw args.usage('Name the runs to add');
  const priority = args.integer('priority', Number.MIN_SAFE_INTEGER);
  const needs = args.texts('needs');
  const runs = await namedRuns(context, specs, { container: 'active' });
  const other = runs.find(({ status }) => status !== 'staged' && status !== 'queued');
  if (other !== undefined) {
    throw wrongStatus(other.id, other.status);
  }
  await askForeign(context, runs);
  for (const run of runs) {
    enqueue(run, {
      by: BY,
      ...(priority !== undefined && { priority }),
      ...(needs.length > 0 && { resources: needs.flatMap(namesIn) }),
    });
  }
  context.note(`Queued ${plural(runs.length, 'run')}`);
}

async function remove(context: Context, specs: readonly string[]): Promise<void> {
  if (specs.length === 0) throw context.args.usage('Name the runs to remove');
  const runs = await namedRuns(context, specs, { container: 'active' });
  const removed = runs.filter((run) => dequeue(run));
  if (removed.length === 0) {
    throw new RunyardError('wrong-status', `Not in the queue: ${runs.map(named).join(', ')}`);
  }
  context.note(`Removed ${plural(removed.length, 'run')} from the queue`);
}

async function allow(context: Context, specs: readonly string[], runsDir: string): Promise<void> {
  const found = await foreignEntries(runsDir);
  const named = specs.length === 0 ? [] : await namedRuns(context, specs, { container: 'active' });
  const ids = new Set(named.map(({ id }) => id));
  const foreign = found.filter(({ run }) => specs.length === 0 || ids.has(run.id));
  if (foreign.length === 0)
    throw new RunyardError('wrong-status', 'Nothing foreign is in the queue');
  if (!(await isAllowed(context, foreign))) throw refused(foreign);
  allowEntries(foreign, BY);
  context.note(`Allowed ${plural(foreign.length, 'run')}`);
}

function slots(context: Context, rest: readonly string[], runsDir: string): void {
  const { args } = context;
  const [text, extra] = rest;
  if (text === undefined || !/^\d+$/.test(text) || extra !== undefined) {
    throw args.usage('slots takes one whole number');
  }
  const has = args.texts('has');
  if (has.length > Number(text) && Number(text) > 0) {
    throw args.usage(`--has says what ${String(has.length)} slots have, not ${text}`);
  }
  setQueue(runsDir, {
    slots: Number(text),
    ...(has.length > 0 && { resources: has.map(namesIn) }),
  });
}

/** `gpu:1,ssd` as names; the editor takes blanks between them, so we do, too. */
function namesIn(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

function waitForRunning(context: Context, rest: readonly string[], runsDir: string): void {
  const [word, extra] = rest;
  if ((word !== 'on' && word !== 'off') || extra !== undefined) {
    throw context.args.usage('wait-for-running takes on or off');
  }
  setQueue(runsDir, { waitForRunning: word === 'on' });
}

async function print(context: Context, runsDir: string): Promise<void> {
  const state = await listQueue(runsDir);
  if (context.json) {
    context.outJson(queueEntry(state));
    return;
  }
  const rows = await Promise.all([
    ...state.running.map(({ id, slot }) => row(runsDir, id, `slot ${String(slot)}`, '')),
    ...state.entries.map(({ id, priority, sinceMs, blocked }) => {
      const about = blocked ?? `waiting for ${formatDuration(Date.now() - sinceMs)}`;
      return row(runsDir, id, priority === 0 ? '' : `priority ${String(priority)}`, about);
    }),
    ...state.failed.map(({ id, reason }) => row(runsDir, id, 'failed', reason)),
    ...state.foreign.map(({ id, reason }) => row(runsDir, id, 'foreign', reason)),
  ]);
  context.note(headline(state));
  if (rows.length === 0) return;
  const head = ['run', 'operation', 'status', 'place', 'description'];
  context.out(formatTable(head, rows, context.paint, { width: context.width }));
}

async function row(
  runsDir: string,
  id: string,
  place: string,
  about: string,
): Promise<readonly Cell[]> {
  const info = await readRunInfo(runsDir, id);
  if (info === null) return [runName(id), '', 'deleted', place, about].map((text) => ({ text }));
  const operation = info.opref === null ? '' : formatOpRef(info.opref);
  const description = [info.label ?? '', about].filter(Boolean).join(' · ');
  return [
    { text: info.name },
    { text: operation },
    { text: info.status, style: statusStyle(info.status) },
    { text: place },
    { text: description },
  ];
}

/** `Queue (2 slots, paused): 3 waiting, 1 running`. */
function headline(state: QueueState): string {
  const { running, entries, foreign, paused, waitForRunning: waits, runner } = state;
  const about = [
    plural(state.slots, 'slot'),
    ...(paused ? ['paused'] : []),
    ...(waits ? ['waits for other runs'] : []),
  ];
  const idle = runner === null && hasWork(state) ? "; 'runyard queue resume' goes on with it" : '';
  const counts = `${String(entries.length)} waiting, ${String(running.length)} running`;
  const others =
    foreign.length === 0
      ? ''
      : `; ${String(foreign.length)} foreign, 'runyard queue allow' shows what they execute`;
  return printable(`Queue (${about.join(', ')}): ${counts}${idle}${others}`);
}

/** What `queue --json` prints: a contract, as the listing. */
function queueEntry(state: QueueState): Json {
  const { runner } = state;
  return {
    slots: BigInt(state.slots),
    paused: state.paused,
    waitForRunning: state.waitForRunning,
    resources: state.resources,
    runner: runner === null ? null : { pid: BigInt(runner.pid), host: runner.host },
    entries: state.entries.map(({ id, priority, resources, sinceMs, by, blocked }) => ({
      id,
      name: runName(id),
      priority: BigInt(priority),
      resources,
      sinceMs: BigInt(sinceMs),
      by,
      blocked,
    })),
    running: state.running.map(({ id, slot }) => ({ id, name: runName(id), slot: BigInt(slot) })),
    failed: state.failed.map(({ id, reason, timeMs }) => ({
      id,
      name: runName(id),
      reason,
      timeMs: BigInt(timeMs),
    })),
    foreign: state.foreign.map(({ id, reason }) => ({ id, name: runName(id), reason })),
  };
}

function named({ name }: { readonly name: string }): string {
  return name;
}
