/** What came of one world. */
export interface WorldResult {
  readonly world: string;
  /** What may not happen and did, one sentence each; what is wrong, the verb, what it did. */
  readonly problems: readonly string[];
  readonly tookMs: number;
}
