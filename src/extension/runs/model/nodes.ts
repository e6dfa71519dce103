import type { Attempt } from '../../../core/meta/attempts.ts';
import type { ManifestEntry } from '../../../core/meta/manifest.ts';
import type { Container, RunInfo, RunStatus } from '../../../core/run/types.ts';
import type { PhaseOutput, RunDetail } from '../../../core/status/run-detail.ts';
import type { QueueEntry, QueueFailure, QueueForeign, QueueState } from '../../../queue/queue.ts';
import type { GroupBy } from '../../base/context-keys.ts';
import type { BatchTally } from '../../run/batch-index.ts';

/**
 * Nodes of the Runs view. A node is one object for as long as its key exists, because VS Code
 * keeps expansion and selection by object and id.
 */
export type RunsNode =
  | StoreNode
  | ContainerNode
  | GroupNode
  | QueueNode
  | QueueEntryNode
  | RunNode
  | RangeNode
  | MoreNode
  | DetailNode;

/** Nodes above the details of a run. */
export type ListNode = Exclude<RunsNode, DetailNode>;

/** A store, shown when there are several. */
export interface StoreNode {
  readonly kind: 'store';
  readonly key: string;
  readonly storeKey: string;
  title: string;
  readonly runsDir: string;
  count: number;
  running: number;
}

/** The trash or an archive of a store. */
export interface ContainerNode {
  readonly kind: 'container';
  readonly key: string;
  readonly storeKey: string;
  readonly container: Container;
  title: string;
  count: number;
}

export interface GroupNode {
  readonly kind: 'group';
  readonly key: string;
  readonly storeKey: string;
  readonly groupBy: GroupBy;
  /** Operation, status or day (`2026-11-21`, empty when unknown). */
  readonly value: string;
  count: number;
}

export interface RunNode {
  readonly kind: 'run';
  readonly key: string;
  readonly storeKey: string;
  /** Namespace of the store's own project, whose runs are shown without theirs. */
  readonly ns: string | null;
  info: RunInfo;
  /** What its operation lists of it (`listing.description`), once that was read. */
  listing?: string;
  /** Whether it is a trial that is shown below its batch. */
  nested?: boolean;
  /** Of a batch: its trials. null when it has none yet, and for every other run. */
  tally?: BatchTally | null;
  /** Of a batch with an objective: its best trial so far, once that was found. */
  best?: BestTrial | null;
  /** Of a trial that has completed: what it reached, `loss=0.12`. */
  result?: string | null;
  /** Whether it is the best trial of its batch so far. */
  isBest?: boolean;
}

/** The best trial of a batch. */
export interface BestTrial {
  readonly id: string;
  /** `loss=0.12`. */
  readonly result: string;
  /** The values in which it differs from the others. */
  readonly text: string;
}

/** What waits in the queue of a store. */
export interface QueueNode {
  readonly kind: 'queue';
  readonly key: string;
  readonly storeKey: string;
  readonly runsDir: string;
  state: QueueState;
}

/** A run in the queue, or one that the queue could not or may not start. It is also where it always is. */
export interface QueueEntryNode {
  readonly kind: 'queueEntry';
  readonly key: string;
  readonly storeKey: string;
  readonly ns: string | null;
  entry: QueueEntry | QueueFailure | QueueForeign;
  /** Its run; null when that is not known (yet). */
  info: RunInfo | null;
}

/** Runs `from` to `to` (exclusive) of a long list. */
export interface RangeNode {
  readonly kind: 'range';
  readonly key: string;
  readonly bucketKey: string;
  readonly from: number;
  readonly size: number;
  to: number;
}

/** Shows more rows of a long list when clicked. */
export interface MoreNode {
  readonly kind: 'more';
  readonly key: string;
  readonly bucketKey: string;
  hidden: number;
}

export type Section =
  'batch' | 'config' | 'summary' | 'output' | 'files' | 'attributes' | 'attempts';

/** What is below a run. */
export type DetailNode =
  | SectionNode
  | DependencyNode
  | ValueNode
  | PhaseNode
  | FileTypeNode
  | FolderNode
  | FileNode
  | AttemptNode
  | FormerFileNode
  | NoteNode;

interface BelowRun {
  readonly key: string;
  readonly run: RunNode;
}

export interface SectionNode extends BelowRun {
  readonly kind: 'section';
  readonly section: Section;
  readonly detail: RunDetail;
}

/** What a run depends on; below a summary its runs. */
export interface DependencyNode extends BelowRun {
  readonly kind: 'dependency';
  readonly title: string;
  readonly facts: string;
  /** The run that a click reveals; null for files of the project. */
  readonly target: { readonly runsDir: string; readonly id: string } | null;
  readonly children: readonly DependencyNode[];
}

/** A name with a value; `children` when the value is a table. */
export interface ValueNode extends BelowRun {
  readonly kind: 'value';
  readonly name: string;
  readonly value: string;
  readonly tooltip?: string;
  readonly children: readonly ValueNode[];
}

interface PhaseNode extends BelowRun {
  readonly kind: 'phase';
  readonly phase: PhaseOutput;
}

export interface FileTypeNode extends BelowRun {
  readonly kind: 'fileType';
  readonly type: string;
  readonly entries: readonly ManifestEntry[];
}

export interface FolderNode extends BelowRun {
  readonly kind: 'folder';
  readonly type: string;
  /** Path in the run directory, ending in `/`. */
  readonly path: string;
  readonly entries: readonly ManifestEntry[];
}

export interface FileNode extends BelowRun {
  readonly kind: 'file';
  readonly type: string;
  /** Path in the run directory, `/` as separator. */
  readonly path: string;
  readonly uri: string;
}

/** What a run did before it was restarted in place. */
export interface AttemptNode extends BelowRun {
  readonly kind: 'attempt';
  readonly attempt: Attempt;
}

/** A file that a former attempt left. */
export interface FormerFileNode extends BelowRun {
  readonly kind: 'formerFile';
  /** Path in the directory of the attempt, `/` as separator. */
  readonly path: string;
  /** Whether it is the output of a phase. */
  readonly output: boolean;
  readonly uri: string;
}

/** A line of text where something cannot be shown. */
export interface NoteNode extends BelowRun {
  readonly kind: 'note';
  readonly text: string;
  readonly problem: boolean;
}

/** Rows beside each other below one detail. */
export const MAX_CHILDREN = 450;

/** Order of the groups by status. */
export const STATUS_ORDER: readonly RunStatus[] = [
  'running',
  'lost',
  'queued',
  'pending',
  'staged',
  'error',
  'terminated',
  'completed',
  'unknown',
  'unreadable',
];

/** Key of the node of a run. */
export function runKey(storeKey: string, id: string): string {
  return `run|${storeKey}|${id}`;
}
