import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError, hasErrno } from '../core/base/errors.ts';
import { readSmallFile } from '../core/base/regular-file.ts';
import type { JsonObject } from '../core/data/json.ts';
import type { BatchRole, Container, Objective, RunInfo } from '../core/run/types.ts';
import { GuildAttributes } from './attributes.ts';
import { operationName, parseGuildOpRef, type GuildOpRef } from './opref.ts';
import { guildStatus } from './status.ts';

/** A run of a Guild home as it was read, before it is known which batch it belongs to. */
export interface GuildRun {
  readonly info: RunInfo;
  /** Its flags, read with the first call: only those of trials matter to a listing. */
  readonly flags: () => JsonObject;
  /** The links of a batch, its trials among them. None for other runs. */
  readonly links: readonly GuildLink[];
}

/** A link in the directory of a batch, to the trial of that id. */
export interface GuildLink {
  readonly id: string;
  /** When it was made, epoch milliseconds. */
  readonly timeMs: number;
}

/** Where the deleted runs of the home with this directory of runs are (guild-format.md 6.1). */
export function trashDirOf(runsDir: string): string {
  return join(dirname(runsDir), 'trash', 'runs');
}

/**
 * Reads one run of a Guild home (guild-format.md 6.2). Never throws for bad content: a run that cannot
 * be understood has status `unreadable` and a reason. Nothing is ever written.
 * @param runsDir `<home>/runs`. @param id name of its directory: any text, never a number.
 * @returns null when it is no run: only directories with `.guild/opref` are (guild-format.md 6.1).
 */
export function readGuildRun(
  runsDir: string,
  id: string,
  container: Container = 'active',
): GuildRun | null {
  const runDir = join(container === 'active' ? runsDir : trashDirOf(runsDir), id);
  const guildDir = join(runDir, '.guild');
  const place = {
    id,
    name: nameOf(id),
    container,
    metaForm: 'guild',
    runsDir,
    runDir,
    metaPath: guildDir,
    needsRecovery: false,
    phase: null,
    progress: null,
  } as const;
  try {
    const names = new Set(readdirSync(guildDir));
    if (!names.has('opref')) return null;
    const opref = parseGuildOpRef(readSmallFile(join(guildDir, 'opref')) ?? '');
    const isBatch = names.has('proto');
    const attrs = new GuildAttributes(guildDir);
    const started = attrs.int('started');
    const stopped = attrs.int('stopped');
    const { status, reason, exitCode } = guildStatus(guildDir, names, attrs, { started, stopped });
    const waits = status === 'staged' || status === 'pending';
    const isOver = status === 'completed' || status === 'error' || status === 'terminated';
    const links = isBatch ? linksIn(runDir) : [];
    const name = isBatch ? batchName(guildDir, opref) : operationName(opref);
    return {
      info: {
        ...place,
        opref: { ns: 'guild', name, version: null },
        status,
        reason,
        exitCode,
        label: attrs.text('label'),
        tags: attrs.list('tags'),
        ...(attrs.get('marked') === true ? { marked: true } : {}),
        timestampsUs: {
          initialized: attrs.int('initialized'),
          staged: waits ? started : null,
          started: waits ? null : started,
          stopped: isOver ? stopped : null,
        },
        batch: isBatch ? batchRole(guildDir, attrs, links.length) : null,
      },
      flags: once(() => attrs.map('flags')),
      links,
    };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    return { info: { ...place, ...unreadable(error) }, flags: () => ({}), links: [] };
  }
}

function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: read() }).value;
}

function unreadable(
  error: unknown,
): Pick<
  RunInfo,
  'opref' | 'status' | 'reason' | 'exitCode' | 'label' | 'tags' | 'timestampsUs' | 'batch'
> {
  return {
    opref: null,
    status: 'unreadable',
    reason: describeError(error),
    exitCode: null,
    label: null,
    tags: [],
    timestampsUs: { initialized: null, staged: null, started: null, stopped: null },
    batch: null,
  };
}

/** Guild's short id: 8 digits. An id that somebody chose is its own name. */
function nameOf(id: string): string {
  return /^[0-9a-f]{32}$/.test(id) ? id.slice(0, 8) : id;
}

/** `train+` for a grid, `train+skopt:gp` for a search (guild-format.md 1.1). */
function batchName(guildDir: string, opref: GuildOpRef): string {
  const own = operationName(opref);
  const proto = protoOpRef(guildDir);
  if (proto === null) return own;
  return `${operationName(proto)}+${own === '+' ? '' : own}`;
}

/** The operation of the trials; null for a queue, whose proto is empty on purpose. */
function protoOpRef(guildDir: string): GuildOpRef | null {
  try {
    return parseGuildOpRef(readSmallFile(join(guildDir, 'proto', '.guild', 'opref')) ?? '');
  } catch {
    return null;
  }
}

/** A queue has a proto without an operation, only to be hidden from comparisons: it is no batch. */
function batchRole(guildDir: string, attrs: GuildAttributes, planned: number): BatchRole | null {
  const proto = protoOpRef(guildDir);
  if (proto === null) return null;
  return {
    role: 'batch',
    operation: operationName(proto),
    planned,
    objective: objectiveOf(attrs.text('objective')),
  };
}

/** `loss` is minimized, `-accuracy` maximized (guild-format.md 1.9). */
function objectiveOf(text: string | null): Objective | null {
  if (text === null) return null;
  return text.startsWith('-')
    ? { metric: text.slice(1), direction: 'maximize' }
    : { metric: text, direction: 'minimize' };
}

/**
 * The links in the directory of a batch. A trial is taken by the name of its link, which is its
 * id: homes that were moved or copied hold links that lead nowhere. Times in milliseconds.
 */
function linksIn(runDir: string): readonly GuildLink[] {
  return readdirSync(runDir, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => ({ id: name, timeMs: lstatSync(join(runDir, name)).mtimeMs }));
}
