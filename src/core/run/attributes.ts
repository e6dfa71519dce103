import { readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createFileExclusive } from '../base/atomic.ts';
import { hasErrno } from '../base/errors.ts';
import { makeOwnDir, ownDirProblem } from '../base/own-dir.ts';
import { readRegularText } from '../base/regular-file.ts';
import { encodeLine, isJsonObject, parseJson, type Json, type JsonObject } from '../data/json.ts';
import { TimeOrderedIds } from './ids.ts';
import { requireRunId } from './names.ts';

/**
 * The attribute log of a run, `<id>.user/` (gage-format.md 1.11): one read-only file per change, in
 * order of its name. Nothing is ever rewritten, so logs of two machines merge by union.
 */

/** One change of the log. */
interface AttributeChange {
  readonly author: string;
  readonly set: JsonObject;
  readonly delete: readonly string[];
}

/** A comment on a run. */
export interface RunComment {
  readonly id: string;
  /** Who wrote it first. */
  readonly author: string;
  /** Epoch milliseconds of the last edit. */
  readonly timestampMs: number;
  readonly msg: string;
}

/** The log folded to its present state. */
export interface UserAttributes {
  /** All attributes but the comments. */
  readonly attributes: JsonObject;
  /** Oldest first. */
  readonly comments: readonly RunComment[];
}

const COMMENT_KEY = 'comment:';
/** One change is no larger. Bytes. */
const MAX_CHANGE = 1024 * 1024;
const ids = new TimeOrderedIds();

const ChangeSchema = z.object({
  author: z._default(z.string(), '__unknown__'),
  set: z._default(z.custom<JsonObject>(isJsonObject), {}),
  delete: z._default(z.array(z.string()), []),
});

/**
 * Appends one change that sets `attributes`. Creates the log when missing. Throws `unsafe-path` when
 * it is a link, and system errors.
 */
export function setUserAttributes(
  runsDir: string,
  id: string,
  attributes: JsonObject,
  author: string = currentUser(),
): void {
  appendChange(runsDir, id, { author, set: attributes, delete: [] });
}

/** Appends one change that deletes `keys`; nothing is written when the run has no log. */
export function deleteUserAttributes(
  runsDir: string,
  id: string,
  keys: readonly string[],
  author: string = currentUser(),
): void {
  if (namesIn(runsDir, id) !== null) appendChange(runsDir, id, { author, set: {}, delete: keys });
}

/** Sets the label of a run, or clears it with null or an empty text. */
export function setLabel(runsDir: string, id: string, label: string | null): void {
  if (label === null || label === '') deleteUserAttributes(runsDir, id, ['label']);
  else setUserAttributes(runsDir, id, { label });
}

/**
 * The present attributes and comments of a run. Unreadable changes are passed over, and so is a log
 * that is a link.
 */
export function readUserAttributes(runsDir: string, id: string): UserAttributes {
  const attributes = new Map<string, Json>();
  const firstAuthor = new Map<string, string>();
  for (const change of readChanges(runsDir, id)) {
    for (const [key, value] of Object.entries(change.set)) {
      if (!attributes.has(key)) firstAuthor.set(key, change.author);
      attributes.set(key, value);
    }
    for (const key of change.delete) attributes.delete(key);
  }
  const comments: RunComment[] = [];
  for (const [key, value] of attributes) {
    if (!key.startsWith(COMMENT_KEY)) continue;
    attributes.delete(key);
    const author = firstAuthor.get(key) ?? '__unknown__';
    if (isJsonObject(value)) comments.push(toComment(key.slice(COMMENT_KEY.length), author, value));
  }
  comments.sort((a, b) => a.timestampMs - b.timestampMs || (a.id < b.id ? -1 : 1));
  return { attributes: Object.fromEntries(attributes), comments };
}

/** Name of the person whose changes we write. */
function currentUser(): string {
  const fromEnv = process.env['LOGNAME'] ?? process.env['USER'] ?? process.env['USERNAME'];
  if (fromEnv) return fromEnv;
  try {
    return userInfo().username;
  } catch {
    // No entry in the password file, as in some containers.
    return '__unknown__';
  }
}

function appendChange(runsDir: string, id: string, change: AttributeChange): void {
  const dir = makeOwnDir(runsDir, logName(requireRunId(id)));
  const text = encodeLine({ author: change.author, set: change.set, delete: [...change.delete] });
  let written = false;
  while (!written) {
    const name = `${ids.next(namesIn(runsDir, id)?.at(-1))}.json`;
    written = createFileExclusive(join(dir, name), text, { mode: 0o444 });
  }
}

function readChanges(runsDir: string, id: string): AttributeChange[] {
  const changes: AttributeChange[] = [];
  for (const name of namesIn(runsDir, id) ?? []) {
    try {
      const text = readRegularText(join(runsDir, logName(id), name), MAX_CHANGE);
      changes.push(ChangeSchema.parse(parseJson(text)));
    } catch {
      // One torn or foreign file must not hide the others.
    }
  }
  return changes;
}

function toComment(id: string, author: string, value: JsonObject): RunComment {
  const msg = value['msg'];
  const timestamp = value['timestamp'];
  return {
    id,
    author,
    msg: typeof msg === 'string' ? msg : '',
    timestampMs:
      typeof timestamp === 'bigint' || typeof timestamp === 'number' ? Number(timestamp) : 0,
  };
}

/** Names of the changes in order; null when there is no log of the run's own. */
function namesIn(runsDir: string, id: string): string[] | null {
  if (ownDirProblem(runsDir, logName(id)) !== null) return null;
  try {
    return readdirSync(join(runsDir, logName(id)))
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

function logName(id: string): string {
  return `${id}.user`;
}
