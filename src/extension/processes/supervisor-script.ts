import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../core/atomic.ts';

/**
 * Copies the supervisor out of the extension's folder, because an update deletes that folder
 * while runs are alive.
 * @param source the bundle of the extension. @param storageDir the extension's global storage.
 * @returns path of the copy, in a folder named by version and content. Throws system errors.
 */
export function installSupervisor(source: string, storageDir: string, version: string): string {
  const content = readFileSync(source);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const dir = join(storageDir, 'supervisor', `${version}-${hash}`);
  const path = join(dir, 'supervisor.cjs');
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true });
    // Loaded by the supervisor when it needs it. First, so that the script never lacks it.
    const yaml = 'supervisor-yaml.cjs';
    writeFileAtomic(join(dir, yaml), readFileSync(join(dirname(source), yaml)));
    writeFileAtomic(path, content);
  }
  return path;
}
