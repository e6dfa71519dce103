import { writeTree } from '../../helpers/temp.ts';
import { AT_LENGTH } from './at-length.ts';
import { DIRECTORY_KINDS, FILE_KINDS, replace, type Kind } from './kinds.ts';
import type { Place } from './places.ts';
import { hostileRun, inStore, runId, writeRun } from './run.ts';
import type { Setting } from './setting.ts';
import type { Victim, World } from './world.ts';

/** One store for each place: a run for each of the things that can lie there. */
export function worldsOfFiles(places: readonly Place[]): readonly World[] {
  return places.flatMap((place, n) => worlds(place, FILE_KINDS, n));
}

/** The same for directories. */
export function worldsOfDirectories(places: readonly Place[]): readonly World[] {
  return places.flatMap((place, n) => worlds(place, DIRECTORY_KINDS, n));
}

/** What does most harm, and one of the others in turn. At length each is tried at each place. */
function some(kinds: readonly Kind[], n: number): readonly Kind[] {
  if (AT_LENGTH) return kinds;
  const [link, device, pipe, ...rest] = kinds;
  const others = [device, ...rest].filter((kind) => kind !== undefined);
  return [link, pipe, others[n % others.length]].filter((kind) => kind !== undefined);
}

/** What a store has once can be one thing at a time. */
function worlds(place: Place, all: readonly Kind[], n: number): readonly World[] {
  const kinds = some(all, n);
  const isDirectory = all === DIRECTORY_KINDS;
  if (place.shared !== true) return [worldOf(place.path, place, kinds, isDirectory)];
  return kinds.map((kind) => worldOf(`${place.path} is ${kind}`, place, [kind], isDirectory));
}

function worldOf(name: string, place: Place, kinds: readonly Kind[], isDirectory: boolean): World {
  return {
    name,
    ...(place.shared === true && { shared: true, makesRuns: true }),
    build: async (setting) => {
      const victims: Victim[] = [];
      for (const [n, kind] of kinds.entries()) {
        victims.push(await victim(setting, place, kind, { n, isDirectory }));
      }
      return victims;
    },
  };
}

async function victim(
  setting: Setting,
  place: Place,
  kind: Kind,
  { n, isDirectory }: { readonly n: number; readonly isDirectory: boolean },
): Promise<Victim> {
  const id = runId(0x5000_0000 + n * 0x1_0000);
  const path = place.path.replace('ID', id);
  writeRun(setting, hostileRun(setting, id, place.state));
  const full = inStore(setting, path);
  if (isDirectory) fill(full, id);
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
