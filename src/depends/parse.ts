import { RunyardError } from '../core/base/errors.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/data/json.ts';
import { summaryFileName } from '../core/life/summary.ts';
import { DEPENDENCY_TYPES, type DependencyType } from '../core/meta/depends-file.ts';
import { parsePattern } from '../core/sourcecode/patterns.ts';

/** Files of the project (gage-format.md 4.7). */
export interface ProjectFilesDependency {
  readonly type: 'project-files';
  readonly description: string | null;
  readonly patterns: readonly string[];
  readonly link: boolean;
}

/** Files of another run. */
export interface RunFilesDependency {
  readonly type: 'run-files';
  readonly description: string | null;
  /** Which run: an expression, or what names one. */
  readonly select: string;
  /** null: the files that the run generated. */
  readonly patterns: readonly string[] | null;
  readonly link: boolean;
}

/** A table of many runs' config and summary. */
export interface RunsSummaryDependency {
  readonly type: 'runs-summary';
  readonly description: string | null;
  readonly select: string;
  /** Path in the run directory; its extension says the format. */
  readonly filename: string;
}

export type Dependency = ProjectFilesDependency | RunFilesDependency | RunsSummaryDependency;

const DEFAULT_SUMMARY = 'runs-summary.json';

/**
 * The dependencies of an operation (gage-format.md 4.7). The variants are told apart by `type`, else
 * by their keys: `run-select`, `runs-select` or `files`. Unknown keys are fine, as elsewhere.
 * @param table the operation's table. @param opName names the operation in messages.
 * Throws `bad-gage-file` that says which dependency is wrong, and how.
 */
export function parseDepends(table: JsonObject, opName?: string): readonly Dependency[] {
  const value = table['depends'];
  if (value === undefined || value === null) return [];
  const items = isJsonArray(value) ? value : [value];
  return items.map((item, i) => {
    const which = isJsonArray(value) ? `dependency ${String(i + 1)}` : '"depends"';
    const place = opName === undefined ? which : `Operation "${opName}": ${which}`;
    return new DependencyReader(place, item, summaryFileName(table)).read();
  });
}

class DependencyReader {
  readonly #place: string;
  readonly #table: JsonObject;
  /** Where the run's own summary is read from when it has ended. */
  readonly #ownSummary: string;

  constructor(place: string, item: Json, ownSummary: string) {
    this.#place = place;
    this.#ownSummary = ownSummary;
    if (!isJsonObject(item)) this.#fail('must be a table');
    this.#table = item;
  }

  read(): Dependency {
    const type = this.#type();
    const description = this.#text('description');
    switch (type) {
      case 'project-files':
        return {
          type,
          description,
          patterns: this.#patterns() ?? this.#fail('needs "files"'),
          link: this.#link(),
        };
      case 'run-files':
        return {
          type,
          description,
          select: this.#select('run-select'),
          patterns: this.#patterns(),
          link: this.#link(),
        };
      case 'runs-summary':
        return { type, description, select: this.#select('runs-select'), filename: this.#file() };
    }
  }

  #type(): DependencyType {
    const given = this.#text('type');
    if (given !== null) {
      const known = DEPENDENCY_TYPES.find((type) => type === given);
      return known ?? this.#fail(`has the unknown type "${given}" (known: ${LIST})`);
    }
    if ('run-select' in this.#table) return 'run-files';
    if ('runs-select' in this.#table) return 'runs-summary';
    if ('files' in this.#table) return 'project-files';
    return this.#fail('needs "files", "run-select" or "runs-select"');
  }

  #select(key: string): string {
    const text = this.#text(key)?.trim() ?? this.#fail(`needs "${key}"`);
    return text === '' ? this.#fail(`has an empty "${key}"`) : text;
  }

  #patterns(): readonly string[] | null {
    const value = this.#table['files'];
    if (value === undefined || value === null) return null;
    const items: readonly unknown[] = isJsonArray(value) ? value : [value];
    const patterns = items.filter((item) => typeof item === 'string');
    if (patterns.length < items.length || patterns.length === 0) {
      this.#fail('"files" must be a pattern or a list of patterns');
    }
    try {
      for (const pattern of patterns) parsePattern(pattern);
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      this.#fail(error.message);
    }
    return patterns;
  }

  #link(): boolean {
    const value = this.#table['link'] ?? false;
    return typeof value === 'boolean' ? value : this.#fail('"link" must be true or false');
  }

  #file(): string {
    const name = this.#text('summary-filename') ?? DEFAULT_SUMMARY;
    if (!isInnerPath(name)) this.#fail('"summary-filename" must be a path in the run directory');
    if (name === this.#ownSummary) {
      this.#fail(`"summary-filename" cannot be "${name}", the run's own summary`);
    }
    if (!/\.(json|csv)$/i.test(name)) this.#fail('"summary-filename" must end in .json or .csv');
    return name;
  }

  #text(key: string): string | null {
    const value = this.#table[key] ?? null;
    if (value === null || typeof value === 'string') return value;
    return this.#fail(`"${key}" must be a string`);
  }

  #fail(what: string): never {
    throw new RunyardError('bad-gage-file', `${this.#place} ${what}`);
  }
}

const LIST = DEPENDENCY_TYPES.join(', ');

/** True for a relative path with `/` that stays in its directory on every system. */
function isInnerPath(path: string): boolean {
  if (/[\\\0]/.test(path) || /^[a-z]:/i.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
