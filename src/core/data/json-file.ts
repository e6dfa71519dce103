import type * as z from 'zod/mini';
import { readSmallFile } from '../base/small-file.ts';

/** No file that is read here is meant to be larger: the longest name all trials of a batch. Bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What a small JSON file of ours holds, with ints as `number`. Null says that there is nothing to
 * go by: no such file, one above 16 MB, one that is not JSON, or one that does not pass `schema`.
 * Throws the system's error when a file is there and cannot be read.
 */
export function readJsonFile<T>(path: string, schema: z.ZodMiniType<T>): T | null {
  return parseJsonAs(readSmallFile(path, MAX_BYTES), schema);
}

/** As {@link readJsonFile}; a file that this user may not read is as good as none. */
export function readJsonFileIfAny<T>(path: string, schema: z.ZodMiniType<T>): T | null {
  try {
    return readJsonFile(path, schema);
  } catch {
    return null;
  }
}

/** What JSON text holds; null for no text, for what is not JSON, and for what does not pass. */
export function parseJsonAs<T>(text: string | null, schema: z.ZodMiniType<T>): T | null {
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
