import { type Json, type JsonObject, compareCodePoints } from '../core/data/json.ts';
import type { FileTree } from '../core/sourcecode/file-tree.ts';
import { matchesFile } from '../core/sourcecode/select.ts';
import { openConfigFile, configFilesOf } from './files.ts';
import type { ConfigDocument, ConfigEntry } from './formats/document.ts';
import { type Scalar, sameScalar } from './formats/scalar.ts';
import { nameKeys } from './names.ts';
import { type ConfigGroup, type ConfigTable, configTables, matchingKeys } from './paths.ts';

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
  /** The names in a run of each key that is selected; two groups may give it two. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/** Where the value of a run's key stands. */
interface ConfigSource {
  /** Relative to the directory that was read, `/` as separator. */
  readonly path: string;
  /** The key in the file, before the group's prefix and renames. */
  readonly key: string;
  /** From 1. */
  readonly line: number;
  /** What the config table in the Gage file says about it. */
  readonly description: string | null;
}

/** The configuration of an operation as the files of a project hold it. */
export interface ProjectConfig {
  readonly values: Readonly<Record<string, Json>>;
  /** By name in a run; of several places the last, which gave the value. */
  readonly sources: ReadonlyMap<string, ConfigSource>;
  /** By path. */
  readonly files: readonly ConfigFile[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the configuration of an operation (gage-format.md 4.5): groups in order, the files of each
 * sorted; a later value of the same key wins. A file that cannot be read is a problem and is
 * left out. Throws `bad-gage-file` or `bad-pattern` on a broken `config`.
 * @param project absolute path of the directory to read, or its tree.
 */
export function readProjectConfig(project: string | FileTree, table: JsonObject): ProjectConfig {
  const reader = new ConfigReader(project);
  for (const group of configTables(table)) reader.readGroup(group);
  return reader.result();
}

/** A key that a group selects in a file. */
interface SelectedKey {
  readonly file: OpenedFile;
  readonly key: string;
  readonly entry: ConfigEntry;
}

interface OpenedFile extends ConfigFile {
  readonly keys: Map<string, readonly string[]>;
}

class ConfigReader {
  readonly #project: string | FileTree;
  readonly #opened = new Map<string, OpenedFile | null>();
  readonly #values = new Map<string, Scalar>();
  readonly #sources = new Map<string, ConfigSource>();
  readonly #problems: ConfigProblem[] = [];

  constructor(project: string | FileTree) {
    this.#project = project;
  }

  readGroup({ paths, naming, description }: ConfigTable): void {
    const selected = this.#select(paths);
    const { names, problems } = nameKeys(naming, new Set(selected.map(({ key }) => key)));
    const place = selected[0]?.file.path ?? paths[0]?.file?.glob ?? '';
    for (const message of problems) this.#problems.push({ path: place, line: null, message });
    for (const item of selected) this.#take(names.get(item.key) ?? item.key, item, description);
  }

  result(): ProjectConfig {
    const files = [...this.#opened.values()].flatMap((file) => file ?? []);
    return {
      values: Object.fromEntries(this.#values),
      sources: this.#sources,
      files: files.sort((a, b) => compareCodePoints(a.path, b.path)),
      problems: this.#problems.sort(
        (a, b) => compareCodePoints(a.path, b.path) || (a.line ?? 0) - (b.line ?? 0),
      ),
    };
  }

  #select(group: ConfigGroup): readonly SelectedKey[] {
    return configFilesOf(this.#project, group).flatMap((found) => {
      const file = this.#open(found.path);
      if (file === null) return [];
      const { entries } = file.document;
      const keys = matchingKeys(group, entries.keys(), (rule) => matchesFile(rule, found));
      return keys.flatMap((key) => {
        const entry = entries.get(key);
        return entry === undefined ? [] : [{ file, key, entry }];
      });
    });
  }

  #take(name: string, { file, key, entry }: SelectedKey, description: string | null): void {
    const { value, line } = entry;
    const { path } = file;
    const before = this.#sources.get(name);
    const same = sameScalar(this.#values.get(name) ?? null, value);
    if (before !== undefined && !same && (before.path !== path || before.key !== key)) {
      const message =
        before.path === path
          ? `"${name}" stands for "${before.key}" and "${key}", which differ; a run sets both`
          : `"${name}" differs from ${before.path}; a run that changes it sets it in both`;
      this.#problems.push({ path, line, message });
    }
    file.keys.set(key, [...(file.keys.get(key) ?? []), name]);
    this.#values.set(name, value);
    this.#sources.set(name, { path, key, line, description });
  }

  #open(path: string): OpenedFile | null {
    const known = this.#opened.get(path);
    if (known !== undefined) return known;
    const root = typeof this.#project === 'string' ? this.#project : this.#project.root;
    const file = openFile(root, path, this.#problems);
    this.#opened.set(path, file);
    return file;
  }
}

function openFile(root: string, path: string, problems: ConfigProblem[]): OpenedFile | null {
  const opened = openConfigFile(root, path);
  if ('reason' in opened) {
    problems.push({ path, line: null, message: opened.message });
    return null;
  }
  problems.push(...opened.document.problems.map((problem) => ({ path, ...problem })));
  return { path, ...opened, keys: new Map() };
}
