import type * as z from 'zod/mini';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../core/data/json.ts';
import { keyDocAt, OP_KEYS } from './keys.ts';

/** One thing that a schema refuses, at the place where a person would mend it. */
export type FlatIssue =
  | { readonly kind: 'type' | 'missing' | 'empty'; readonly path: Path }
  | { readonly kind: 'unknown'; readonly path: Path; readonly known: readonly string[] };
type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

/**
 * What the schema of an operation refuses in `table`. Of the forms that a value may have, only
 * the one that it resembles is told about.
 */
export function flatIssues(error: z.core.$ZodError, table: JsonObject): readonly FlatIssue[] {
  return error.issues.flatMap((issue) => flatten(issue, [])).map((issue) => refine(issue, table));
}

function flatten(issue: Issue, base: Path): readonly FlatIssue[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        kind: 'unknown',
        path: [...path, key],
        known: knownKeys(path),
      }));
    case 'too_small':
      return [{ kind: 'empty', path }];
    case 'invalid_union': {
      const options = issue.errors.map((list) => list.flatMap((inner) => flatten(inner, path)));
      const isOther = ({ kind, path: at }: FlatIssue): boolean =>
        kind === 'type' && at.length === path.length;
      return options.find((option) => !option.some(isOther)) ?? [{ kind: 'type', path }];
    }
    default:
      return [{ kind: 'type', path }];
  }
}

function knownKeys(path: Path): readonly string[] {
  const docs = path.length === 0 ? OP_KEYS : keyDocAt(path)?.children;
  return docs?.map(({ key }) => key) ?? [];
}

/** A value that is not there at all is missing, an empty text is empty, whatever the schema says. */
function refine(issue: FlatIssue, table: JsonObject): FlatIssue {
  if (issue.kind !== 'type') return issue;
  const value = issue.path.reduce<Json | undefined>(partOf, table);
  if (value === undefined) return { kind: 'missing', path: issue.path };
  return value === '' ? { kind: 'empty', path: issue.path } : issue;
}

function partOf(value: Json | undefined, part: string | number): Json | undefined {
  if (typeof part === 'number') return isJsonArray(value) ? value[part] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}
