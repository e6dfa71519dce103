import { writeTree } from '../../helpers/temp.ts';
import { DIRECTORY_KINDS, FILE_KINDS, replace, type Kind } from './kinds.ts';
import type { Place } from './places.ts';
import { hostileRun, inStore, runId, writeRun } from './run.ts';
import type { Setting } from './setting.ts';
import type { Victim, World } from './world.ts';

/** One store for each place: a run for each of the things that can lie there. */
export function worldsOfFiles(places: readonly Place[]): readonly World[] {
  return places.flatMap((place) => worlds(place, FILE_KINDS));
}

/** The same for directories. */
export function worldsOfDirectories(places: readonly Place[]): readonly World[] {
  return places.flatMap((place) => worlds(place, DIRECTORY_KINDS));
}

/** What a store has once can be one thing at a time. */
function worlds(place: Place, kinds: readonly Kind[]): readonly World[] {
  if (place.shared !== true) return [worldOf(place.path, place, kinds)];
  return kinds.map((kind) => worldOf(`${place.path} is ${kind}`, place, [kind]));
}

function worldOf(name: string, place: Place, kinds: readonly Kind[]): World {
  return {
    name,
    ...(place.shared === true && { shared: true, makesRuns: true }),
    build: async (setting) => {
      const victims: Victim[] = [];
      for (const n of kinds.keys()) victims.push(await victim(setting, place, kinds, n));
      return victims;
    },
  };
}

async function victim(
  setting: Setting,
  place: Place,
  kinds: readonly Kind[],
  n: number,
): Promise<Victim> {
  const kind = kinds[n] ?? 'file';
  const id = runId(0x5000_0000 + n * 0x1_0000);
  const path = place.path.replace('ID', id);
  writeRun(setting, hostileRun(setting, id, place.state));
  const full = inStore(setting, path);
  if (!kinds.includes('directory')) fill(full, id);
  await replace(setting, full, kind);
  const listed = place.listed === true && !(kind === 'link' && !place.path.endsWith('.meta'));
  return { id, what: `${place.path} is ${kind}`, state: place.state, listed };
}

/** A directory of which some has a name that we use: whoever follows a link to it finds that. */
function fill(dir: string, id: string): void {
  writeTree(dir, {
    'precious.txt': 'precious\n',
    [`${id}/precious.txt`]: 'precious\n',
    'precious/letter.txt': 'precious\n',
  });
}
