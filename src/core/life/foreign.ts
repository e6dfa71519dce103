import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeLine,
  isJsonArray,
  isJsonObject,
  parseJson,
  parseObject,
  type Json,
  type JsonObject,
} from '../data/json.ts';
import { MASK, isSecret } from '../data/secrets.ts';
import { openMeta } from '../meta/meta.ts';
import {
  BATCH_FILE,
  EXECUTED_FILES,
  ORIGIN_FILE,
  executedDigest,
  isOurs,
  optimizerOf,
  stampRun,
  type ReadMetaText,
} from '../origin/run-origin.ts';
import { finalizeCommand } from '../phase/command.ts';
import type { Run } from '../run/types.ts';

/** What is asked about, in either form of its meta. */
type AskedRun = Pick<Run, 'id' | 'name' | 'runsDir' | 'metaPath' | 'metaForm'>;

/** A run that this user on this machine did not put where it is, or that was changed since. */
export interface ForeignRun {
  readonly run: Pick<Run, 'id' | 'name' | 'runsDir'>;
  /** All that it would execute, one line of visible text each: `run: python train.py`. */
  readonly executes: readonly string[];
  /** Of that: what a person has seen is what is allowed. */
  readonly digest: string;
}

/**
 * What a run would execute that came from somebody else; null for one of ours, which needs no
 * question. Throws `unreadable`.
 */
export async function foreignRun(run: AskedRun): Promise<ForeignRun | null> {
  const read = await readTexts(run);
  return isOurs(run, read) ? null : executionBy(run, read);
}

/** What a run would execute, whoever has put it here. Throws `unreadable`. */
export async function executionOf(run: AskedRun): Promise<ForeignRun> {
  return executionBy(run, await readTexts(run));
}

function executionBy({ id, name, runsDir }: AskedRun, read: ReadMetaText): ForeignRun {
  return { run: { id, name, runsDir }, executes: executedBy(read), digest: executedDigest(read) };
}

/** Those of some runs that came from somebody else. Throws as {@link foreignRun}. */
export async function foreignRuns(runs: readonly AskedRun[]): Promise<readonly ForeignRun[]> {
  const found: ForeignRun[] = [];
  for (const run of runs) {
    const foreign = await foreignRun(run);
    if (foreign !== null) found.push(foreign);
  }
  return found;
}

/**
 * Notes that a person has allowed what they have seen of these runs. A run whose meta is a zip has
 * no place for the note: it can be allowed when it was unpacked. Throws `unsafe-path` and system
 * errors.
 */
export function allowRuns(foreign: readonly ForeignRun[]): void {
  for (const { run, digest } of foreign) {
    const metaPath = join(run.runsDir, `${run.id}.meta`);
    if (existsSync(metaPath)) stampRun({ ...run, metaPath }, digest);
  }
}

/** The files that tell, each read once: what is shown and what is allowed is the same. */
async function readTexts({ metaPath, metaForm }: AskedRun): Promise<ReadMetaText> {
  const texts = new Map<string, string | null>();
  const meta = await openMeta(metaPath, metaForm);
  try {
    for (const path of [...EXECUTED_FILES, BATCH_FILE, ORIGIN_FILE]) {
      texts.set(path, (await meta.read(path))?.toString('utf8') ?? null);
    }
  } finally {
    meta.close();
  }
  return (path) => texts.get(path) ?? null;
}

/** Searches that are no programs of a user. */
const OWN_SEARCHES = ['+', 'random', 'optuna'];

function executedBy(read: ReadMetaText): readonly string[] {
  const table = parseObject(read('opdef.json'));
  const own = commandsOf(table, jsonOf(read('proc/cmd.json')), jsonOf(read('proc/env.json')));
  const proto = jsonOf(read('runyard/proto.json'));
  const optimizer = jsonOf(optimizerOf(read(BATCH_FILE)));
  const isOwnSearch = typeof optimizer === 'string' && OWN_SEARCHES.includes(optimizer);
  return [
    ...own,
    ...(proto === null ? [] : trialCommands(proto).map((line) => `trials: ${line}`)),
    ...(optimizer === null || isOwnSearch ? [] : [`search: ${textOf(optimizer)}`]),
  ];
}

function trialCommands(proto: Json): readonly string[] {
  const opdef = at(proto, 'opdef');
  const cmd = at(proto, 'cmd');
  return commandsOf(objectOf(at(opdef, 'table')), at(cmd, 'command'), at(cmd, 'env'));
}

/** Hooks before the command of the run, in the order in which they are executed. */
const STAGING = ['stage-sourcecode', 'stage-runtime', 'stage-dependencies'];

function commandsOf(table: JsonObject, command: Json, env: Json): readonly string[] {
  const { exec = null } = table;
  const variables = Object.entries(objectOf(env)).map(([name, value]) => {
    const text = textOf(value);
    return `environment: ${visible(name)}=${isSecret(name, text) ? MASK : text}`;
  });
  const commands: readonly (readonly [string, Json])[] = [
    ...STAGING.map((phase) => [phase, at(exec, phase)] as const),
    ['run', command],
    ['finalize', hookOf(table)],
  ];
  const lines = commands.flatMap(([phase, one]) => {
    const text = textOf(one);
    return text === '' ? [] : [`${phase}: ${text}`];
  });
  return [...lines, ...variables];
}

/** A hook that cannot be executed is shown as it is written. */
function hookOf(table: JsonObject): Json {
  try {
    return finalizeCommand(table) ?? null;
  } catch {
    return at(table['exec'] ?? null, 'finalize');
  }
}

function jsonOf(text: string | null): Json {
  try {
    return text === null ? null : parseJson(text);
  } catch {
    // Nothing can be executed of it.
    return null;
  }
}

function objectOf(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function at(value: Json, key: string): Json {
  return objectOf(value)[key] ?? null;
}

/** A command as a person reads it: words, in quotes where they are no plain ones. */
function textOf(command: Json): string {
  if (command === null) return '';
  if (typeof command === 'string') return visible(command);
  if (!isJsonArray(command)) return visible(encodeLine(command));
  return command
    .map((word) => (typeof word === 'string' && PLAIN_WORD.test(word) ? word : quoted(word)))
    .join(' ');
}

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

function quoted(word: Json): string {
  return typeof word === 'string' ? `"${visible(word)}"` : visible(encodeLine(word));
}

/** One line: breaks, controls and marks that turn the direction of a text are shown as such. */
function visible(text: string): string {
  return text
    .trim()
    .replace(/\r?\n/g, ' ⏎ ')
    .replace(/[ \t]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
