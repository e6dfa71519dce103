import { FORGED, FORGED_STORES } from './forged.ts';
import { NAMES } from './names.ts';
import { DIRECTORIES, FILES, STORE_DIRECTORIES, STORE_FILES } from './places.ts';
import { PLAIN } from './plain-files.ts';
import { PROJECTS } from './projects.ts';
import { QUEUES } from './queues.ts';
import { worldsOfDirectories, worldsOfFiles } from './replaced.ts';
import { SECRETS } from './secrets.ts';
import { SIGNALS } from './signals.ts';
import type { World } from './world.ts';
import { ZIPPED } from './zips.ts';

/** The catalogue of hostile stores. Each group is tried in a sandbox of its own. */
export const GROUPS: Readonly<Record<string, readonly World[]>> = {
  files: worldsOfFiles(FILES),
  'store files': worldsOfFiles(STORE_FILES),
  directories: worldsOfDirectories(DIRECTORIES),
  'store directories': worldsOfDirectories(STORE_DIRECTORIES),
  signals: SIGNALS,
  forged: FORGED,
  'forged stores': FORGED_STORES,
  'plain files': PLAIN,
  names: NAMES,
  secrets: SECRETS,
  queues: QUEUES,
  zips: ZIPPED,
  projects: PROJECTS,
};
