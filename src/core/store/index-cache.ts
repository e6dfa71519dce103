import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { RoleSchema } from '../meta/batch-file.ts';
import { RUN_STATUSES, type RunInfo } from '../run/types.ts';

/**
 * Rows of a store remembered between sessions, so that a large store shows at once (design.md
 * 4). Never trusted over the files: a row counts only with the signature it was stored
 * under. May be deleted at any time.
 */
export interface IndexCache {
  /** All rows with their signatures, by meta name. */
  load(): Map<string, CachedRow>;
  /** Stores rows and forgets others, in one transaction. */
  save(rows: ReadonlyMap<string, CachedRow>, forget: Iterable<string>): void;
  close(): void;
}

export interface CachedRow {
  readonly signature: string;
  readonly info: RunInfo;
}

/** Counts up when the shape of a row changes: older caches are then thrown away. */
const VERSION = 2;

const stamp = z.nullable(z.number());
const InfoSchema: z.ZodMiniType<RunInfo> = z.object({
  id: z.string(),
  name: z.string(),
  opref: z.nullable(
    z.object({ ns: z.string(), name: z.string(), version: z.nullable(z.string()) }),
  ),
  status: z.enum(RUN_STATUSES),
  reason: z.nullable(z.string()),
  needsRecovery: z.boolean(),
  label: z.nullable(z.string()),
  tags: z.array(z.string()),
  container: z.string(),
  metaForm: z.enum(['dir', 'zip']),
  runsDir: z.string(),
  runDir: z.string(),
  metaPath: z.string(),
  exitCode: z.nullable(z.number()),
  timestampsUs: z.object({ initialized: stamp, staged: stamp, started: stamp, stopped: stamp }),
  phase: z.null(),
  progress: z.null(),
  batch: z.nullable(RoleSchema),
});

/** Default place of a store's index below a storage directory. */
export function cacheFileIn(storageDir: string, runsDir: string): string {
  const key = createHash('sha256').update(runsDir).digest('hex').slice(0, 16);
  return join(storageDir, `index-${key}.sqlite`);
}

/**
 * Opens (or makes) a cache file for one store. @returns null where this Node has no SQLite, or
 * the file cannot be used: everything works without, slower.
 */
export async function openIndexCache(file: string, runsDir: string): Promise<IndexCache | null> {
  try {
    const sqlite = await import('node:sqlite');
    return new SqliteCache(new sqlite.DatabaseSync(file, { timeout: 500 }), runsDir);
  } catch {
    return null;
  }
}

class SqliteCache implements IndexCache {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync, runsDir: string) {
    this.#db = db;
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    db.exec('CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT) STRICT');
    const about = JSON.stringify({ version: VERSION, runsDir });
    const row = db.prepare('SELECT value FROM about WHERE key = ?').get('about');
    if (row?.['value'] !== about) {
      db.exec('DROP TABLE IF EXISTS runs');
      db.prepare('INSERT OR REPLACE INTO about VALUES (?, ?)').run('about', about);
    }
    db.exec(
      'CREATE TABLE IF NOT EXISTS runs (name TEXT PRIMARY KEY, signature TEXT, info TEXT) STRICT, WITHOUT ROWID',
    );
  }

  load(): Map<string, CachedRow> {
    const rows = new Map<string, CachedRow>();
    for (const row of this.#db.prepare('SELECT name, signature, info FROM runs').iterate()) {
      const { name, signature, info } = row;
      if (typeof name !== 'string' || typeof signature !== 'string' || typeof info !== 'string')
        continue;
      const parsed = InfoSchema.safeParse(JSON.parse(info));
      if (parsed.success) rows.set(name, { signature, info: parsed.data });
    }
    return rows;
  }

  save(rows: ReadonlyMap<string, CachedRow>, forget: Iterable<string>): void {
    const put = this.#db.prepare('INSERT OR REPLACE INTO runs VALUES (?, ?, ?)');
    const drop = this.#db.prepare('DELETE FROM runs WHERE name = ?');
    this.#db.exec('BEGIN');
    try {
      for (const [name, { signature, info }] of rows)
        put.run(name, signature, JSON.stringify(info));
      for (const name of forget) drop.run(name);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}
