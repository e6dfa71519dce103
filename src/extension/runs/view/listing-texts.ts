import type { Pace } from '../../../core/base/pace.ts';
import { listedValues, readListing } from '../../../core/status/listing.ts';
import { isGuildRun } from '../../run/guild-run.ts';
import type { RunNode } from '../model/nodes.ts';
import { FillLater } from './fill-later.ts';

/** Rows are shown first, and what their operations list of them a moment later. Milliseconds. */
const DELAY_MS = 100;

/**
 * Fills in what operations list of their runs (`listing.description`, gage-format.md 5.2), only for
 * rows that are shown, and again when a run has come to another state.
 */
export class ListingTexts {
  readonly #changed: (nodes: readonly RunNode[]) => void;
  /** Status of the run when its text was read. */
  readonly #read = new WeakMap<RunNode, string>();
  readonly #later = new FillLater<RunNode>((nodes, pace) => this.#fill(nodes, pace), DELAY_MS);

  /** @param changed is told of nodes whose text is another one now. */
  constructor(changed: (nodes: readonly RunNode[]) => void) {
    this.#changed = changed;
  }

  /** Asks for the text of a row that is shown. */
  want(node: RunNode): void {
    if (this.#read.get(node) !== node.info.status) this.#later.want(node);
  }

  dispose(): void {
    this.#later.dispose();
  }

  async #fill(nodes: readonly RunNode[], pace: Pace): Promise<void> {
    const changed: RunNode[] = [];
    for (const node of nodes) {
      if (pace.due()) await pace.rest();
      this.#read.set(node, node.info.status);
      // What cannot be read lists nothing.
      const text = await textOf(node).catch(() => '');
      if (text === (node.listing ?? '')) continue;
      node.listing = text;
      changed.push(node);
    }
    if (changed.length > 0) this.#changed(changed);
  }
}

async function textOf({ info }: RunNode): Promise<string> {
  // An operation of Guild lists nothing; its flags are in the label.
  if (isGuildRun(info)) return '';
  const values = await readListing(info, { onlyListed: true });
  if (values.fields === null) return '';
  return listedValues(values)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
}
