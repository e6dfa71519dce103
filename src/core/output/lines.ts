/** One line of output: what stands between two LFs. */
export interface OutputLine {
  /** From 0. */
  readonly line: number;
  /** Epoch milliseconds when it began; null when the index does not know. */
  readonly timeMs: number | null;
  readonly stream: 'stdout' | 'stderr' | null;
  /** Without the LF; CRs as they were printed. Broken UTF-8 becomes U+FFFD. */
  readonly text: string;
}

/** Where a line begins. */
export interface OutputPosition {
  readonly line: number;
  /** Bytes. */
  readonly offset: number;
}

/** Options of every way to read. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Of a longer line only the beginning and the end are kept. Bytes; default 1 MiB. */
  readonly maxLineBytes?: number;
}
