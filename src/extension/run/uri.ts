import { RunyardError } from '../../core/base/errors.ts';

/** Scheme of the read-only files of runs. */
const RUN_SCHEME = 'runyard';

/** What a `runyard:` URI means. */
export type RunPlace =
  | RunFilePlace
  /** Lines `from` to `to` (exclusive, from 0) of the output of a phase, as text with times. */
  | {
      readonly kind: 'lines';
      readonly storeKey: string;
      readonly id: string;
      readonly phase: string;
      readonly from: number;
      readonly to: number;
    };

/** A file of the run directory (`files`) or of the meta directory or zip (`meta`). */
export interface RunFilePlace {
  readonly kind: 'files' | 'meta';
  readonly storeKey: string;
  readonly id: string;
  /** Path inside, `/` as separator; empty for the directory itself. */
  readonly path: string;
}

/** The URI of a place. `name` is the run's name, for the title of a window of lines. */
export function runUri(place: RunPlace): string {
  const root = `${RUN_SCHEME}://${place.storeKey}/${encodeURIComponent(place.id)}`;
  if (place.kind === 'lines') {
    return `${root}/lines/${encodeURIComponent(place.phase)}/${place.from}-${place.to}/${encodeURIComponent(place.phase)}.log`;
  }
  const path = place.path.split('/').map(encodeURIComponent).join('/');
  return path === '' ? `${root}/${place.kind}` : `${root}/${place.kind}/${path}`;
}

/**
 * The place of a URI given by its authority and its decoded path.
 * Throws `bad-request` for anything that is not inside a run.
 */
export function parseRunUri(authority: string, path: string): RunPlace {
  const [, id = '', kind, ...rest] = path.split('/');
  const parts = rest.filter((part, i) => part !== '' || i < rest.length - 1);
  const bad = parts.some((part) => !isEntryName(part));
  if (!isEntryName(id) || id.startsWith('.') || bad) throw notInside(path);
  if (kind === 'files' || kind === 'meta')
    return { kind, storeKey: authority, id, path: parts.join('/') };
  const [phase, range = ''] = parts;
  const match = /^(\d+)-(\d+)$/.exec(range);
  if (kind !== 'lines' || phase === undefined || match === null) throw notInside(path);
  return { kind, storeKey: authority, id, phase, from: Number(match[1]), to: Number(match[2]) };
}

/**
 * Whether a part of a path names something in its directory, and nothing above or below it. The
 * path is decoded by now, and once only: `%2F` in a name is a part of it.
 */
function isEntryName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[\\/\0]/.test(part);
}

function notInside(path: string): RunyardError {
  return new RunyardError('bad-request', `'${path}' is not a path inside a run`);
}
