/** The command line was used wrongly: exit code 2. */
export class UsageError extends Error {
  /** The command whose help explains it, or null for the program's. */
  readonly command: string | null;

  constructor(message: string, command: string | null = null) {
    super(message);
    this.name = 'UsageError';
    this.command = command;
  }
}

/** Exit codes of the program, as Gage's (gage-format.md 5.3). */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  /** `run --needed` found that there is nothing to do. */
  skipped: 5,
  /** Ctrl-C. */
  interrupted: 254,
} as const;
