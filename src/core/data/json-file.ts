import type * as z from 'zod/mini';
import { SMALL_FILE_BYTES, readSmallFile } from '../base/regular-file.ts';

/**
 * What a small JSON file of ours holds, with ints as `number`. Null says that there is nothing to
 * go by: no such file, one that is not JSON, or one that does not pass `schema`. Throws
 * `unreadable` for what is no regular file or is above `maxBytes`, and the system's error when a file is
 * there and cannot be read.
 */
export function readJsonFile<T>(
  path: string,
  schema: z.ZodMiniType<T>,
  maxBytes = SMALL_FILE_BYTES,
): T | null {
  return parseJsonAs(readSmallFile(path, maxBytes), schema);
}

/** As {@link readJsonFile}; a file that cannot be read is as good as none. */
export function readJsonFileIfAny<T>(
  path: string,
  schema: z.ZodMiniType<T>,
  maxBytes = SMALL_FILE_BYTES,
): T | null {
  try {
    return readJsonFile(path, schema, maxBytes);
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
