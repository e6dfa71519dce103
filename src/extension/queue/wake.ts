import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { queueDir } from '../../core/status/marks.ts';

/**
 * Whether runs wait in the queues of these projects, where stores usually are. For the first
 * moments of a window: after a reboot nobody else sees to it that a queue goes on. Whoever put
 * them there: what is woken up only reads, and starts what is this user's own.
 */
export async function somethingWaits(projectDirs: readonly string[]): Promise<boolean> {
  for (const dir of projectDirs) {
    try {
      const names = await readdir(queueDir(join(dir, '.gage', 'runs')));
      if (names.some((name) => name.endsWith('.json') && !name.startsWith('.'))) return true;
    } catch {
      // There is no queue, or nothing that could be read.
    }
  }
  return false;
}
