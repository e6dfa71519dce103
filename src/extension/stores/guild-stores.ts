import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expandUser, findGuildHome } from '../../guild/homes.ts';

/** A Guild home to show as a store. */
interface GuildSource {
  /** `<home>/runs` */
  readonly runsDir: string;
  readonly title: string;
}

/**
 * The Guild homes of a window: those that `guild` uses in its folders, when they are looked for,
 * and those of the settings. Only directories are looked at.
 * @param homes paths from the settings; `~` is the user's directory, relative ones begin at `base`.
 */
export function guildSources(
  folders: readonly string[],
  homes: readonly string[],
  options: { readonly find: boolean; readonly base: string },
): readonly GuildSource[] {
  const found = options.find
    ? folders.map((folder) => findGuildHome({ folder, env: process.env }))
    : [];
  const given = homes.map((home) => withRuns(expandUser(home, homedir(), options.base)));
  const all = new Set([...found, ...given].filter((home) => home !== null));
  return [...all].map((home) => ({ runsDir: join(home, 'runs'), title: titleOf(home) }));
}

/** A project or its `.guild`, and a home, are both taken for the home that is meant. */
function withRuns(path: string): string {
  const inside = join(path, '.guild');
  return !existsSync(join(path, 'runs')) && existsSync(join(inside, 'runs')) ? inside : path;
}

/** `/home/me/proj/.guild` is best known as `proj`, the user's own as `~`. */
function titleOf(home: string): string {
  if (basename(home) !== '.guild') return `Guild: ${basename(home)}`;
  const dir = dirname(home);
  return `Guild: ${dir === homedir() ? '~' : basename(dir)}`;
}
