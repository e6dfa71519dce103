import { Pace } from '../../../core/base/pace.ts';
import { listedValues, readListing } from '../../../core/status/listing.ts';
import { isGuildRun } from '../../run/guild-run.ts';
import type { RunNode } from '../model/nodes.ts';

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
  readonly #wanted = new Set<RunNode>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  /** @param changed is told of nodes whose text is another one now. */
  constructor(changed: (nodes: readonly RunNode[]) => void) {
    this.#changed = changed;
  }

  /** Asks for the text of a row that is shown. */
  want(node: RunNode): void {
    if (this.#read.get(node) === node.info.status || this.#abort.signal.aborted) return;
    this.#wanted.add(node);
    this.#schedule();
  }

  dispose(): void {
    this.#abort.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#fill().catch(() => undefined);
    }, DELAY_MS);
  }

  /** Rejects when it is disposed. */
  async #fill(): Promise<void> {
    const pace = new Pace(this.#abort.signal);
    const nodes = [...this.#wanted];
    this.#wanted.clear();
    const changed: RunNode[] = [];
    for (const node of nodes) {
      if (pace.due()) await pace.rest();
      this.#read.set(node, node.info.status);
      const text = await textOf(node);
      if (text === (node.listing ?? '')) continue;
      node.listing = text;
      changed.push(node);
    }
    this.#timer = null;
    if (changed.length > 0) this.#changed(changed);
    if (this.#wanted.size > 0) this.#schedule();
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
