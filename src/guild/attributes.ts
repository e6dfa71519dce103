import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrno } from '../core/base/errors.ts';
import { readSmallFile } from '../core/base/regular-file.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/data/json.ts';
import { parseYaml11, plainType } from '../core/data/yaml11.ts';

/**
 * Attributes of a Guild run: `.guild/attrs/<name>`, one YAML document each (guild-format.md 6.2). Guild
 * writes YAML 1.1. Nothing here throws for bad content: an attribute that cannot be read is not
 * set, as a missing one. Files are read when they are asked for, each time anew.
 */
export class GuildAttributes {
  /** Sorted. */
  readonly names: readonly string[];
  readonly #dir: string;
  readonly #known: ReadonlySet<string>;

  /** @param guildDir `.guild` of the run. Its attributes are listed now: absent ones cost nothing. */
  constructor(guildDir: string) {
    this.#dir = join(guildDir, 'attrs');
    this.names = listed(this.#dir).sort();
    this.#known = new Set(this.names);
  }

  /** The value of an attribute; null when it is not set. */
  get(name: string): Json {
    const text = this.#known.has(name) ? readSmallFile(join(this.#dir, name)) : null;
    return text === null ? null : parseAttr(text);
  }

  /** An integer such as `started`; null when it is not set or is something else. */
  int(name: string): number | null {
    const value = this.get(name);
    return typeof value === 'bigint' ? Number(value) : null;
  }

  /** A text; null when it is not set. Numbers are taken as they are shown. */
  text(name: string): string | null {
    const value = this.get(name);
    if (typeof value === 'bigint' || typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : null;
  }

  /** A list of texts such as `tags`; empty when it is not set. */
  list(name: string): readonly string[] {
    const value = this.get(name);
    if (!isJsonArray(value)) return [];
    return value.flatMap((one) => {
      if (typeof one === 'string') return [one];
      return typeof one === 'bigint' || typeof one === 'number' ? [String(one)] : [];
    });
  }

  /** A map such as `flags`; empty when it is not set. */
  map(name: string): JsonObject {
    const value = this.get(name);
    return isJsonObject(value) ? value : {};
  }
}

function listed(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** What most attributes look like, by thousands of files: read without the parser. */
const PLAIN_INT = /^(?:0|-?[1-9]\d*)$/;
/** Text that no YAML takes for anything else, as long as {@link plainType} does not. */
const PLAIN_TEXT = /^[A-Za-z][\w./=+-]*(?: [\w./=+-]+)*$/;
const EMPTY: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['', null],
  ['{}', {}],
  ['[]', []],
]);

function parseAttr(text: string): Json {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  const plain = EMPTY.get(line) ?? plainValue(line) ?? plainList(line);
  if (plain !== null) return plain;
  try {
    return parseYaml11(text);
  } catch {
    return null;
  }
}

/** An integer or a text without quotes; null for what needs the parser. */
function plainValue(line: string): Json {
  if (PLAIN_INT.test(line)) return BigInt(line);
  return PLAIN_TEXT.test(line) && plainType(line) === 'str' ? line : null;
}

/** A list of such values, one a line; null for what needs the parser. */
function plainList(text: string): Json {
  if (!text.startsWith('- ')) return null;
  const values: Json[] = [];
  for (const line of text.split('\n')) {
    const value = line.startsWith('- ') ? plainValue(line.slice(2)) : null;
    if (value === null) return null;
    values.push(value);
  }
  return values;
}
