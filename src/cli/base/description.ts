import type { RunInfo } from '../../core/run/types.ts';
import { listedDescription, listedValues, readListing } from '../../core/status/listing.ts';
import { shorten } from './text.ts';

/** A label takes at most this part of a line, as in Gage. */
const LABEL_SHARE = 0.25;

/**
 * The last column of a listing (gage-format.md 5.2): the label, then what the run's own operation
 * lists of it, or all its values. It reads the files of the run: only for rows that are shown.
 * @param width characters of a line; Infinity when nothing is cut.
 */
export async function describeForListing(run: RunInfo, width: number): Promise<string> {
  if (run.status === 'unreadable') return run.reason ?? '';
  const values = listedValues(await readListing(run));
  const label = run.label ?? '';
  const room = width === Infinity ? Infinity : Math.max(8, Math.floor(width * LABEL_SHARE));
  return listedDescription(values.length === 0 ? label : shorten(label, room), values);
}
