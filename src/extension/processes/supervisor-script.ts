import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../core/base/atomic.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';

/**
 * Copies the supervisor out of the extension's folder, because an update deletes that folder
 * while runs are alive.
 * @param source the bundle of the extension. @param storageDir the extension's global storage.
 * @returns path of the copy, in a folder named by version and content. Throws system errors.
 */
export function installSupervisor(source: string, storageDir: string, version: string): string {
  // The first loads or runs the others when it needs them.
  const names = ['supervisor.cjs', 'supervisor-config.cjs', 'optuna_adapter.py'] as const;
  const files = names.map((name) => ({
    name,
    content: readRegularFile(join(dirname(source), name)),
  }));
  const hash = createHash('sha256');
  for (const { content } of files) hash.update(content);
  const key = `${version}-${hash.digest('hex').slice(0, 8)}`;
  const dir = join(storageDir, 'supervisor', key);
  const path = join(dir, names[0]);
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true });
    // The script comes last, so that it never lacks the others.
    for (const { name, content } of files.reverse()) writeFileAtomic(join(dir, name), content);
  }
  return path;
}
