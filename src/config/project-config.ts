import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describeError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { compareCodePoints } from '../core/json.ts';
import type { ConfigDocument, ConfigFormat, Scalar } from './document.ts';
import { sameScalar } from './fit.ts';
import { ruleMatchesFile, selectConfigFiles } from './files.ts';
import { configGroups, selectKeys } from './paths.ts';
import { parsePython } from './python.ts';

/** Something that keeps values out of the configuration. */
export interface ConfigProblem {
  /** Relative to the project, `/` as separator. */
  readonly path: string;
  /** From 1; null when it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
}

/** A configuration file and the keys of it that an operation selects. */
export interface ConfigFile {
  /** Relative to the directory that was read, `/` as separator. */
  readonly path: string;
  /** Without byte order mark. */
  readonly text: string;
  readonly hasBom: boolean;
  readonly document: ConfigDocument;
  readonly keys: ReadonlySet<string>;
}

/** The configuration of an operation as the files of a project hold it. */
export interface ProjectConfig {
  readonly values: Readonly<Record<string, Json>>;
  /** The file that gave each value. */
  readonly sources: ReadonlyMap<string, string>;
  /** By path. */
  readonly files: readonly ConfigFile[];
  readonly problems: readonly ConfigProblem[];
}

const FORMATS: ReadonlyMap<string, ConfigFormat> = new Map([['.py', parsePython]]);

/**
 * Reads the configuration of an operation below `root` (gage.md 4.5): groups in order, the
 * files of each sorted; a later value of the same key wins. A file that cannot be read is a
 * problem and is left out. Throws `bad-gage-file` or `bad-pattern` on a broken `config`.
 */
export function readProjectConfig(root: string, table: JsonObject): ProjectConfig {
  const problems: ConfigProblem[] = [];
  const opened = new Map<string, OpenedFile | null>();
  const values = new Map<string, { value: Scalar; path: string }>();
  for (const group of configGroups(table)) {
    for (const path of selectConfigFiles(root, group)) {
      if (!opened.has(path)) opened.set(path, openFile(root, path, problems));
      const file = opened.get(path);
      if (!file) continue;
      const applies = (rule: Parameters<typeof ruleMatchesFile>[2]): boolean =>
        ruleMatchesFile(root, path, rule);
      for (const key of selectKeys(group, file.document.values.keys(), applies)) {
        const value = file.document.values.get(key);
        if (value === undefined) continue;
        file.keys.add(key);
        const other = values.get(key);
        if (other !== undefined && other.path !== path && !sameScalar(other.value, value)) {
          const message = `"${key}" differs from ${other.path}; a run sets this value in both`;
          problems.push({ path, line: null, message });
        }
        values.set(key, { value, path });
      }
    }
  }
  const files = [...opened.values()].flatMap((file) => file ?? []);
  return {
    values: Object.fromEntries([...values].map(([key, { value }]) => [key, value])),
    sources: new Map([...values].map(([key, { path }]) => [key, path])),
    files: files.sort((a, b) => compareCodePoints(a.path, b.path)),
    problems,
  };
}

interface OpenedFile extends ConfigFile {
  readonly keys: Set<string>;
}

function openFile(root: string, path: string, problems: ConfigProblem[]): OpenedFile | null {
  const format = FORMATS.get(extname(path).toLowerCase());
  if (format === undefined) {
    problems.push({ path, line: null, message: 'Values are read from Python files (.py) only' });
    return null;
  }
  let text: string;
  try {
    const bytes = readFileSync(join(root, path));
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const reason = error instanceof TypeError ? 'not UTF-8 text' : describeError(error);
    problems.push({ path, line: null, message: `Cannot be read: ${reason}` });
    return null;
  }
  const hasBom = text.startsWith('\ufeff');
  if (hasBom) text = text.slice(1);
  const document = format(text);
  problems.push(...document.problems.map((problem) => ({ path, ...problem })));
  return { path, text, hasBom, document, keys: new Set() };
}
