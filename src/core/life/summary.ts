import { closeSync, fstatSync, readSync, statSync } from 'node:fs';
import { posix, resolve, sep } from 'node:path';
import { describeError, hasErrno } from '../base/errors.ts';
import { openRegular, readRegularText } from '../base/regular-file.ts';
import { parseDataFile } from '../data/data-file.ts';
import { isJsonObject, parseJson, type Json, type JsonObject } from '../data/json.ts';
import { pythonRepr } from '../data/python-repr.ts';
import { outputPaths } from '../output/paths.ts';
import type { Run } from '../run/types.ts';

const DEFAULT_FILE = 'summary.json';
const DEFAULT_MARK = '--- summary ---';
const DEFAULT_PATTERN = `${DEFAULT_MARK}(.*)---`;

/** Only so much of the end of an output is searched. Bytes. */
const MAX_SCAN = 8 * 1024 * 1024;

/** The output is read in such pieces while its summary is searched. Bytes. */
const CHUNK = 64 * 1024;

/** Blanks around an output that is one JSON object are looked through so far. Bytes. */
const EDGE = 1024;

/** A larger summary file is taken for something else. Bytes. */
const MAX_FILE = 16 * 1024 * 1024;

/** A pattern from an opdef may take this long. Milliseconds. */
const PATTERN_MS = 2000;

/**
 * The summary of a run that has ended (gage-format.md 2.11): its summary file, or what its output
 * says. Never throws: whatever is wrong goes to `log`, and the summary is empty then. Unlike
 * Gage we look at the last 8 MiB of a longer output only.
 */
export async function readRunSummary(
  run: Run,
  opdef: JsonObject,
  log: (message: string) => void,
): Promise<JsonObject> {
  try {
    return (await fromFile(run, opdef, log)) ?? (await fromOutput(run, opdef, log));
  } catch (error) {
    log(`Error reading run summary: ${describeError(error)}`);
    return {};
  }
}

async function fromFile(
  run: Run,
  opdef: JsonObject,
  log: (message: string) => void,
): Promise<JsonObject | null> {
  const name = summaryFileName(opdef);
  const path = resolve(run.runDir, name);
  if (!path.startsWith(run.runDir + sep)) {
    log(`Error reading run summary '${name}': not inside the run directory`);
    return null;
  }
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE) {
      log(`Error reading run summary '${name}': ${String(size)} bytes are too many`);
      return {};
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
  log(`Using run summary '${name}'`);
  try {
    // A name without a known extension is read as JSON.
    const form = /\.(toml|yaml|yml|json)$/i.test(name) ? name : `${name}.json`;
    const value = await parseDataFile(form, readRegularText(path, MAX_FILE));
    if (isJsonObject(value)) return value;
    log(`Error reading run summary '${name}': it is not an object`);
  } catch (error) {
    log(`Error reading run summary '${name}': ${describeError(error)}`);
  }
  return {};
}

/** Path of the summary file that an operation's runs may write, in the run directory (gage-format.md 2.11). */
export function summaryFileName(opdef: JsonObject): string {
  const summary = opdef['summary'];
  const name = isJsonObject(summary) ? summary['filename'] : undefined;
  return typeof name === 'string' && name !== '' ? posix.normalize(name) : DEFAULT_FILE;
}

async function fromOutput(
  run: Run,
  opdef: JsonObject,
  log: (message: string) => void,
): Promise<JsonObject> {
  const setting = opdef['output-summary'];
  if (setting === false || setting === '') return {};
  const output = OutputText.open(run);
  try {
    if (typeof setting === 'string') return await search(setting, output.end(), log);
    const text = output.wholeObject();
    if (text !== null) {
      try {
        const value = parseJson(text);
        if (isSummary(value)) return value;
      } catch {
        // Not JSON as a whole after all.
      }
    }
    return await search(DEFAULT_PATTERN, output.from(DEFAULT_MARK), log);
  } finally {
    output.close();
  }
}

async function search(
  pattern: string,
  text: string,
  log: (message: string) => void,
): Promise<JsonObject> {
  log(`Checking output for summary pattern ${pythonRepr(pattern)}`);
  let match: readonly string[] | null;
  try {
    match = await execPattern(pattern, text);
  } catch (error) {
    log(`Error in output summary pattern: ${describeError(error)}`);
    return {};
  }
  if (match === null) return {};
  const [, content] = match;
  if (content === undefined) {
    log(`Error in output summary pattern ${pythonRepr(pattern)}: it must capture a group`);
    return {};
  }
  log('Found summary output');
  try {
    const value = parseJson(content.trim());
    if (isSummary(value)) return value;
    log('Error decoding output summary: not an object with metrics or attributes');
  } catch (error) {
    log(`Error decoding output summary: ${describeError(error)}`);
  }
  return {};
}

/**
 * A Python pattern of `output-summary` as we read it, dots matching newlines (gage-format.md 2.11).
 * Throws `SyntaxError` for one that JavaScript does not know.
 */
export function summaryRegExp(pattern: string): RegExp {
  const [prefix = '', given = ''] = /^\(\?([aimsuxL]+)\)/.exec(pattern) ?? [];
  const flags = given.replaceAll(/[^im]/g, '');
  const source = pattern.slice(prefix.length).replaceAll(PYTHON_ONLY, (token, name: string) => {
    if (token === '$') return flags.includes('m') ? token : '(?=\\n?(?![^]))';
    if (token === '\\A') return '(?<![^])';
    if (token === '\\Z') return '(?![^])';
    if (token === '(?P<') return '(?<';
    if (token.startsWith('(?P=')) return `\\k<${name}>`;
    if (token.startsWith('(?#')) return '';
    return token.replace(/^\[(\^?)\]/, '[$1\\]');
  });
  return new RegExp(source, `s${flags}`);
}

/**
 * What Python's patterns write in another way than JavaScript's, or mean differently: anchors
 * (`$` is also before a last newline), named groups, comments, `]` as the first of a class.
 * Escapes and classes are matched as a whole, so that nothing within them is taken for that.
 */
const PYTHON_ONLY = /\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\(\?P<|\(\?P=(\w+)\)|\(\?#[^)]*\)|\$/g;

/**
 * First match of a Python pattern, dots matching newlines. Throws when it is no pattern, or
 * when it takes longer than {@link PATTERN_MS}: some patterns would never end.
 */
async function execPattern(pattern: string, text: string): Promise<readonly string[] | null> {
  const regex = summaryRegExp(pattern);
  if (pattern === DEFAULT_PATTERN) return regex.exec(text);
  const { runInNewContext } = await import('node:vm');
  const found: unknown = runInNewContext(
    'exec()',
    { exec: () => regex.exec(text) },
    { timeout: PATTERN_MS },
  );
  return found === null ? null : (found as RegExpExecArray);
}

function isSummary(value: Json): value is JsonObject {
  return isJsonObject(value) && ('metrics' in value || 'attributes' in value);
}

/** The end of the output of a run. It is decoded only where a summary may be in it. */
class OutputText {
  readonly #fd: number | null;
  readonly #size: number;
  readonly #start: number;

  private constructor(fd: number | null) {
    this.#fd = fd;
    this.#size = fd === null ? 0 : fstatSync(fd).size;
    this.#start = Math.max(0, this.#size - MAX_SCAN);
  }

  static open(run: Run): OutputText {
    try {
      return new OutputText(openRegular(outputPaths(run, 'run').output));
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return new OutputText(null);
      throw error;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }

  /** All that is searched. Broken UTF-8 is replaced. */
  end(): string {
    return decode(this.#read(this.#start, this.#size));
  }

  /** The whole output, when it begins and ends as a JSON object does; else null. */
  wholeObject(): string | null {
    if (this.#start > 0) return null;
    const head = this.#read(0, EDGE).toString('latin1').trimStart();
    const tail = this.#read(this.#size - EDGE, this.#size)
      .toString('latin1')
      .trimEnd();
    return head.startsWith('{') && tail.endsWith('}') ? this.end().trim() : null;
  }

  /** From the first `mark` to the end; nothing when it is not there. */
  from(mark: string): string {
    const overlap = mark.length - 1;
    for (let at = this.#start; at < this.#size; at += CHUNK) {
      const found = this.#read(at, at + CHUNK + overlap).indexOf(mark);
      if (found !== -1) return decode(this.#read(at + found, this.#size));
    }
    return '';
  }

  #read(start: number, end: number): Buffer {
    const from = Math.max(0, start);
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(end, this.#size) - from));
    const count = this.#fd === null ? 0 : readSync(this.#fd, bytes, 0, bytes.length, from);
    return bytes.subarray(0, count);
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
