import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { pythonRepr } from './command.ts';
import { parseDataFile } from './data-file.ts';
import { describeError, hasErrno } from './errors.ts';
import { isJsonObject, parseJson, type Json, type JsonObject } from './json.ts';
import { outputPaths } from './output-paths.ts';
import type { Run } from './types.ts';

const DEFAULT_FILE = 'summary.json';
const DEFAULT_PATTERN = '--- summary ---(.*)---';
/** Only so much of the end of an output is searched. Bytes. */
const MAX_SCAN = 8 * 1024 * 1024;
/** A larger summary file is taken for something else. Bytes. */
const MAX_FILE = 16 * 1024 * 1024;
/** A pattern from an opdef may take this long. Milliseconds. */
const PATTERN_MS = 2000;

/**
 * The summary of a run that has ended (gage.md 2.11): its summary file, or what its output
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
    const value = await parseDataFile(form, readFileSync(path, 'utf8'));
    if (isJsonObject(value)) return value;
    log(`Error reading run summary '${name}': it is not an object`);
  } catch (error) {
    log(`Error reading run summary '${name}': ${describeError(error)}`);
  }
  return {};
}

function summaryFileName(opdef: JsonObject): string {
  const summary = opdef['summary'];
  const name = isJsonObject(summary) ? summary['filename'] : undefined;
  return typeof name === 'string' && name !== '' ? name : DEFAULT_FILE;
}

async function fromOutput(
  run: Run,
  opdef: JsonObject,
  log: (message: string) => void,
): Promise<JsonObject> {
  const setting = opdef['output-summary'];
  if (setting === false || setting === '') return {};
  const { text, whole } = outputText(run);
  if (typeof setting === 'string') return await search(setting, text, log);
  const trimmed = text.trim();
  if (whole && trimmed.startsWith('{')) {
    try {
      const value = parseJson(trimmed);
      if (isSummary(value)) return value;
    } catch {
      // Not JSON as a whole: the usual case.
    }
  }
  return await search(DEFAULT_PATTERN, text, log);
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
 * First match of a Python pattern, dots matching newlines. Throws when it is no pattern, or
 * when it takes longer than {@link PATTERN_MS}: some patterns would never end.
 */
async function execPattern(pattern: string, text: string): Promise<readonly string[] | null> {
  const flags = /^\(\?([aimsuxL]+)\)/.exec(pattern);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\[AZ]/g, (anchor) => (anchor === '\\A' ? '^' : '$'));
  const regex = new RegExp(source, `s${(flags?.[1] ?? '').replaceAll(/[^im]/g, '')}`);
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

/** The output of the run, of a long one only the end; broken UTF-8 is replaced. */
function outputText(run: Run): { text: string; whole: boolean } {
  const path = outputPaths(run, 'run').output;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return { text: '', whole: true };
    throw error;
  }
  try {
    const size = statSync(path).size;
    const start = Math.max(0, size - MAX_SCAN);
    const bytes = Buffer.alloc(size - start);
    const count = readSync(fd, bytes, 0, bytes.length, start);
    return { text: new TextDecoder().decode(bytes.subarray(0, count)), whole: start === 0 };
  } finally {
    closeSync(fd);
  }
}
